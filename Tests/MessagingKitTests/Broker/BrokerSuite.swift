import MessagingKit
import Testing
import WorldKit

/// A broker and what its tests need of it.
struct BrokerUnderTest: Sendable {
    var broker: any Broker
    /// Another connection to the same queues.
    var connect: @Sendable () async throws -> any Broker
    /// Nil when the broker cannot do it.
    var deleteQueue: (@Sendable (_ queue: String) async throws -> Void)?
    /// Puts something into a queue that is no message.
    var deliverMalformed: (@Sendable (_ body: [UInt8], _ queue: String) async throws -> Void)?
    /// Begins the names of exchanges and queues, so that tests do not share them.
    var prefix: String
}

/// What every broker promises, as named cases.
struct BrokerCase: Sendable, CustomTestStringConvertible {
    var name: String
    var run: @Sendable (BrokerUnderTest) async throws -> Void

    init(_ name: String, _ run: @escaping @Sendable (BrokerUnderTest) async throws -> Void) {
        self.name = name
        self.run = run
    }

    var testDescription: String { name }
}

enum BrokerSuite {
    static let cases = publishing + receiving + ending
}

extension BrokerUnderTest {
    /// A wait that ends only where the broker fails.
    static let patience = 60.0

    var exchange: String { prefix + "events" }
    var left: String { prefix + "left" }
    var right: String { prefix + "right" }

    /// `A` goes to the left queue, `B` to the right one, `Both` to both, `Unbound` to none.
    var topology: Topology {
        Topology(
            exchange: exchange,
            queues: [
                .init(name: left, types: ["Test/A", "Test/Both"]), .init(name: right, types: ["Test/B", "Test/Both"]),
            ])
    }

    static func message(_ number: Int, _ type: String = "Test/A", body: [UInt8] = Array("{}".utf8)) -> Message {
        Message(
            id: "message-\(number)", type: type, key: "key-\(number % 7)", correlationID: "correlation",
            time: Instant(microseconds: 1_700_000_000_000_000), body: body)
    }

    static func messages(_ numbers: Range<Int>, _ type: String = "Test/A") -> [Message] {
        numbers.map { message($0, type) }
    }

    func publishAll(_ messages: [Message]) async throws {
        let outcomes = await broker.publish(messages, to: exchange)
        try #require(outcomes == messages.map { _ in .confirmed })
    }

    /// Receives, and acknowledges if asked, until there are this many.
    func collect(
        _ count: Int, from subscription: any Subscription, acknowledges: Bool = true
    ) async throws -> [Delivery] {
        var all: [Delivery] = []
        while all.count < count {
            let deliveries = try await subscription.receive(
                atMost: count - all.count, withinSeconds: Self.patience)
            try #require(!deliveries.isEmpty, "nothing arrived")
            if acknowledges { try await subscription.acknowledge(deliveries) }
            all += deliveries
        }
        return all
    }

    /// What a new receiver of a queue is given, up to a message that is published now.
    func contents(of queue: String, _ type: String) async throws -> [Delivery] {
        let end = Self.message(999_999, type)
        try await publishAll([end])
        let subscription = try await broker.subscribe(to: queue, prefetch: 100)
        var all: [Delivery] = []
        while all.last?.message?.id != end.id {
            all += try await collect(1, from: subscription)
        }
        await subscription.cancel()
        return all.dropLast()
    }

    func code<Value>(_ body: () async throws -> Value) async -> BrokerError.Code? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? BrokerError)?.code
        }
    }
}

extension Delivery {
    var message: Message? { try? content.get() }
}

extension [Delivery] {
    var ids: [String] { map { $0.message?.id ?? "malformed" } }
}

extension [Message] {
    var ids: [String] { map(\.id) }
}
