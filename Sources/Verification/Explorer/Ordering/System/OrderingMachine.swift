import MessagingKit
import Ordering
import OrderingCore
import SQLKit
import WorldKit

/// The ordering system as a state machine: six services on stores of their own, a broker between them, and clients.
///
/// Production code and its SQL are deterministic between two effects, so that the result of an effect on a store is
/// computed once and cached.
final class OrderingMachine: ExploredSystem {
    typealias State = OrderingState
    typealias Step = OrderingStep
    typealias Stores = ContentVersions<OrderingFacts>

    let scenario: OrderingScenario
    let variant: OrderingVariant
    let style: Style
    let tree: OrderingTree
    /// Of ``ServiceName/allCases``.
    let stores: [Stores]
    let reductions: Reductions
    private(set) var services = Numbering<ServiceState>()
    private(set) var crowds = Numbering<ClientsState>()
    private(set) var messages = Numbering<Message>()
    private(set) var answers = Numbering<OrderingSnapshot.ClientAnswer>()
    private var lanes = Numbering<[String]>()
    private var laneOfMessage: [Int32] = []
    /// By their numbers.
    private(set) var clients: [OrderingProgram] = []
    private let queueTables: [UInt64]
    private let outboxTables: [UInt64]
    private var transactions: [TransactionKey: TransactionResult] = [:]
    private var outlines: [TransactionKey: Outline] = [:]
    var start: State
    /// The tables of each service's store.
    let tables: [[RewindableDatabase.Table]]
    /// What the services do during a step, in words; nil unless a history is described.
    var trace: [Trace]?

    struct Trace {
        var service: ServiceName
        var text: String
    }

    static let startTime = Instant(microseconds: 1_773_489_600_000_000)
    /// What is not done by then, long after everything has been tried, would wait forever.
    let horizon = startTime.advanced(bySeconds: 3600)

    struct TransactionKey: Hashable {
        let node: OrderingTree.Node
        let version: Stores.Version
        let clock: Instant
    }

    struct TransactionResult {
        let child: OrderingTree.Node
        let version: Stores.Version
        let touched: UInt64
    }

    /// - Throws: ``SchedulerError``, ``RewindError``, `SQLError`.
    init(_ variant: OrderingVariant, _ scenario: OrderingScenario, _ reductions: Reductions) throws {
        let decisions = variant.decisions
        let style = Style(scenario.style)
        (self.variant, self.scenario, self.reductions, self.style) = (variant, scenario, reductions, style)
        tree = OrderingTree { program, run in
            try await OrderingEnvironment(run: run, scenario: scenario, decisions: decisions).perform(program)
        }
        let migrations = ServiceName.allCases.map { decisions.migrations(of: $0) }
        stores = try zip(ServiceName.allCases, migrations).map {
            try Stores($0, migrations: $1, forgets: reductions.contains(.forgetting))
        }
        tables = stores.map(\.tables)
        queueTables = tables.map { Self.set(of: ["tasks", "task_attempts", "task_pauses"], in: $0) }
        outboxTables = tables.map { Self.set(of: ["outbox"], in: $0) }
        start = State(clock: Self.startTime)
        for user in 0..<scenario.users {
            clients += [.register(user: user), .deposit(user: user, number: 0), .openBasket(user: user)]
            clients += (0..<scenario.presses).map { .press(user: user, number: $0 + 1) }
        }
        clients += (0..<scenario.deposits).map { .deposit(user: 0, number: $0 + 1) }
        try setUp()
    }

    private static func set(of names: Set<String>, in tables: [RewindableDatabase.Table]) -> UInt64 {
        tables.filter { names.contains($0.name) }.reduce(0) { $0 | 1 << UInt64($1.number) }
    }

    func note(_ service: ServiceName, _ text: @autoclosure () -> String) {
        if trace != nil { trace?.append(Trace(service: service, text: text())) }
    }

    // MARK: Numbers

    func number(of local: ServiceState) -> Int32 { services.number(of: local) }

    func number(of crowd: ClientsState) -> Int32 { crowds.number(of: crowd) }

    func number(of answer: OrderingSnapshot.ClientAnswer) -> Int32 { answers.number(of: answer) }

    func number(of message: Message) -> Int32 {
        let number = messages.number(of: message)
        if number == laneOfMessage.count {
            let sender = MessageType(rawValue: message.type)?.sender.rawValue ?? ""
            laneOfMessage.append(lanes.number(of: [sender, message.key]))
        }
        return number
    }

    func number(ofClient program: OrderingProgram) -> Int { clients.firstIndex(of: program) ?? 0 }

    /// Messages of one lane, those of one sender with one key, arrive in their order.
    func lane(of message: Int32) -> Int32 { laneOfMessage[Int(message)] }

    // MARK: Transactions

    /// Runs the transaction that `node` waits for on a content of a store.
    func transaction(
        _ node: OrderingTree.Node, _ service: ServiceName, _ isReadOnly: Bool,
        _ body: (any SQLConnection) throws -> any Sendable, on version: Stores.Version, at clock: Instant
    ) throws -> TransactionResult {
        let key = TransactionKey(node: node, version: version, clock: clock)
        if reductions.contains(.memory), let known = transactions[key] { return known }
        let outcome = try stores[service.index].run(isReadOnly: isReadOnly, on: version, body)
        let result = TransactionResult(
            child: try tree.child(of: node, Answer(outcome.result, clock: clock)), version: outcome.version,
            touched: outcome.touched)
        transactions[key] = result
        return result
    }

    /// Whether a transaction commutes with whatever others do meanwhile, but a crash of its service: a worker's claim
    /// and its record of the ending, which concern one task, a relay's reading and settling of one row, and a look for
    /// an answer that is not there, because it is looked for again.
    func isMover(_ result: TransactionResult, _ isReadOnly: Bool, of process: OrderingProcess) -> Bool {
        switch process {
        case .worker(let service): return isReadOnly || result.touched & ~queueTables[service.index] == 0
        case .relay(let service): return result.touched & ~outboxTables[service.index] == 0
        case .client, .server:
            guard isReadOnly, case .news? = tree.effect(at: result.child) else { return false }
            return true
        case .receiver: return false
        }
    }

    // MARK: Outlines

    /// What may go wrong in the next step of a process.
    struct Outline {
        /// How many effects it has, and what they leave behind, but for what is published at once.
        var count = 0
        var end: Stores.Version
        /// After how many effects a crash makes a difference.
        var deaths: [UInt8] = []
        var request: ServiceRequest?
        var acknowledges = false
        var waits = false
        var publishes = false
    }

    /// Follows a process through its next step, as long as it is alone with its store.
    func outline(
        _ first: OrderingTree.Node, of process: OrderingProcess, on version: Stores.Version, at clock: Instant
    ) throws -> Outline {
        let key = TransactionKey(node: first, version: version, clock: clock)
        if let known = outlines[key] { return known }
        var outline = Outline(end: version)
        var (node, hasActed) = (first, false)
        var changes: [Int] = []
        func answered(_ value: any Sendable) throws {
            node = try tree.child(of: node, Answer(.success(value), clock: clock))
        }
        walk: while let effect = tree.effect(at: node) {
            if outline.count > 0, !reductions.contains(.atomicity) { break }
            switch effect {
            case .transaction(let service, let isReadOnly, let body):
                let result = try transaction(node, service, isReadOnly, body, on: outline.end, at: clock)
                let isMover = isMover(result, isReadOnly, of: process)
                if hasActed, !isMover { break walk }
                hasActed = hasActed || !isMover
                // A crash after the claim of a task leaves it as it was, but for its attempts.
                let isClaim = outline.count == 0 && isMover
                if result.version != outline.end, !isClaim { changes.append(outline.count + 1) }
                (node, outline.end) = (result.child, result.version)
            case .request(let request):
                if hasActed { break walk }
                outline.request = request
                outline.count += 1
                break walk
            case .publish:
                if hasActed { break walk }
                (outline.publishes, hasActed) = (true, true)
                try answered(PublishOutcome.confirmed)
            case .acknowledge:
                (outline.acknowledges, hasActed) = (true, true)
                try answered(true)
                changes.append(outline.count + 1)
            case .news:
                if hasActed { break walk }
                outline.waits = true
                try answered(true)
            }
            outline.count += 1
        }
        outline.deaths = changes.filter { $0 < outline.count }.map { UInt8($0) }
        if case .relay = process {
        } else if isPublishedAtOnce(version, outline.end, process.service) {
            outline.publishes = true
        }
        outlines[key] = outline
        return outline
    }
}

extension ServiceName {
    /// Its place in ``allCases``.
    var index: Int {
        switch self {
        case .gateway: 0
        case .identity: 1
        case .billing: 2
        case .order: 3
        case .notification: 4
        case .push: 5
        }
    }
}
