import Ordering
import OrderingCore
import WorldKit

/// Names a process that may be in progress.
enum OrderingProcess: Hashable, Sendable {
    /// By its place among the clients' programs.
    case client(Int)
    case worker(ServiceName)
    case relay(ServiceName)
    case receiver(ServiceName)
    /// By its place among the requests that the service handles.
    case server(ServiceName, Int)

    /// Whose memory it is in.
    var service: ServiceName {
        switch self {
        case .client: .gateway
        case .worker(let service), .relay(let service), .receiver(let service), .server(let service, _): service
        }
    }
}

/// Where a process is.
struct ProcessPlace: Hashable, Sendable {
    var node: OrderingTree.Node
    /// Whether its request has arrived and is not answered.
    var isAsking = false
}

/// One service: its store, what is in its memory, and what the broker has for it.
struct ServiceState: Hashable, Sendable {
    /// A request in progress.
    struct Server: Hashable, Sendable {
        var place: ProcessPlace
        /// Who waits for the answer; nil when its service has crashed, or has given up.
        var caller: OrderingProcess?
    }

    struct Receiver: Hashable, Sendable {
        var place: ProcessPlace
        /// The number of the message.
        var message: Int32
        var isStray: Bool
        var isAcknowledged = false
    }

    var store: ContentVersions<OrderingFacts>.Version = 0
    var worker: ProcessPlace?
    var relay: ProcessPlace?
    var receiver: Receiver?
    /// By place; nil for a free one, and none at the end.
    var servers: [Server?] = []
    /// Messages by number; those of one sender and key in their order, the lanes in the order of their numbers.
    var queue: [Int32] = []
    /// Messages that will be delivered again, by number, in ascending order.
    var strays: [Int32] = []

    /// Whether a crash would lose anything.
    var hasMemory: Bool { worker != nil || relay != nil || receiver != nil || !servers.isEmpty }
}

/// The clients, and what they were answered.
struct ClientsState: Hashable, Sendable {
    struct Client: Hashable, Sendable {
        /// Its place among the clients' programs.
        var number: Int
        var place: ProcessPlace
    }

    /// In progress, by number.
    var active: [Client] = []
    /// How often each user has ordered.
    var presses: [UInt8]
    var deposits: UInt8 = 0
    /// The numbers of the answers to orders, in ascending order.
    var answers: [Int32] = []
}

/// Everything that determines the next steps. Its parts are numbered, so that a state is a few words.
struct OrderingState: Hashable, Sendable {
    /// The faults so far, by kind.
    enum Fault: Int, CaseIterable { case duplicates, lostConfirms, lostAnswers, lostRequests, crashes, pauses }

    /// The numbers of the states of ``ServiceName/allCases``, and of the clients' at 6.
    var parts: SIMD8<Int32> = .zero
    var clock: Instant
    /// By ``Fault``.
    var spent: SIMD8<UInt8> = .zero
}
