import MessagingKit
import Ordering
import OrderingCore
import QueueKit
import SQLKit
import SigningKit
import Synchronization
import WorldKit

/// The services at work, whose effects wait for the scheduler.
struct OrderingEnvironment: Sendable {
    let run: OrderingTree.Run
    let scenario: OrderingScenario
    let decisions: OrderingDecisions
    let style: Style
    /// Requests to other services that are kept in memory, by variants.
    private let memory = DirectCalls()

    init(run: OrderingTree.Run, scenario: OrderingScenario, decisions: OrderingDecisions) {
        self.run = run
        self.scenario = scenario
        self.decisions = decisions
        style = Style(scenario.style)
    }

    func database(_ service: ServiceName) -> any SQLDatabase {
        OrderingDatabase(run: run, service: service, decisions: decisions, memory: memory)
    }

    func node(_ service: ServiceName) -> ServiceNode {
        ServiceNode(service, style, database(service), world, ScheduledTransport(run: run))
    }

    var gateway: Gateway {
        Gateway(node(.gateway), ScheduledTransport(run: run), Self.keys) {
            if decisions.calls == .direct { return try await makeCalls(of: .gateway) }
            return try await run.ask(.news(.gateway))
        }
    }

    var world: World {
        World(
            now: { [run] in run.clock }, sleep: { [run] _ in try await run.sleep() },
            randomBytes: { Array(repeating: 0, count: $0) }, newID: { [run] in run.newNumberedName() })
    }

    static let keys = PasswordKeys(secret: Array(repeating: 0, count: 32))
    /// Of one order.
    static let price = Money(minorUnits: 10_000) ?? .minorUnit

    static func userID(_ user: Int) -> String { keys.userID(name: "guest-\(user + 1)") }
    /// What the request for it is called, in ``OrderingProgram``.
    static func basketID(_ user: Int) -> String { "basket-\(user + 1)" }

    // MARK: Programs

    /// Runs a program with the production services.
    func perform(_ program: OrderingProgram) async throws -> OrderingOutcome {
        switch program {
        case .register(let user): return .done("\(try await gateway.register(name: "guest-\(user + 1)").status)")
        case .deposit(let user, let number):
            let orders = number == 0 ? scenario.balance : 1
            guard let amount = Money(minorUnits: Self.price.minorUnits * Int64(orders)) else { return .done("") }
            return .done("\(try await gateway.deposit(amount, userID: Self.userID(user)).status)")
        case .openBasket(let user):
            let answer = try await gateway.basket(userID: Self.userID(user))
            return .done(answer.fields[.basketID] ?? "\(answer.status)")
        case .press(let user, _): return .order(try await press(user))
        case .work(let service):
            let worker = Worker(node(service).queue, processes: Processes(own: service.rawValue) { _ in true })
            return .done(try await worker.runDue().map(\.ending.word).joined())
        case .relay(let service):
            try await relay(service)
            return .done("")
        case .receive(let service, let message): return .done(try await receive(message, at: service))
        case .serve(let request): return .answer(try await serve(request))
        case .rescue(let service):
            try await Worker(node(service).queue, processes: Processes(own: "\(service.rawValue)+") { _ in false })
                .rescueTasksOfDeadWorkers()
            return .done("")
        }
    }

    private func press(_ user: Int) async throws -> OrderingSnapshot.ClientAnswer {
        let userID = Self.userID(user)
        let key = scenario.repetition == .key ? "key-\(user + 1)" : nil
        var basketID = scenario.repetition == .basket ? Self.basketID(user) : nil
        if basketID != nil, scenario.fetches == 1 {
            basketID = try await gateway.basket(userID: userID).fields[.basketID]
            guard basketID != nil else { return .init(userID: userID, key: key, status: 503, orderID: nil) }
        }
        let answer = try await gateway.order(Self.price, userID: userID, basketID: basketID, key: key)
        return .init(userID: userID, key: key, status: answer.status, orderID: answer.fields[.orderID])
    }

    /// What a relay does with one row of the outbox.
    private func relay(_ service: ServiceName) async throws {
        let database = database(service)
        guard let entry = try await database.read({ try Outbox($0).unsent(limit: 1).entries.first }) else { return }
        let outcome: PublishOutcome = try await run.ask(.publish(entry.message))
        let now = world.now()
        try await database.write { connection in
            try Outbox(connection).settle([(entry, outcome)], Self.relayPolicy, at: now)
        }
    }

    private static let relayPolicy = RetryPolicy(
        polls: 0, periodSeconds: 0, baseSeconds: 1, capSeconds: 60, jitter: 0, maxAttempts: 5)

    private func receive(_ message: Message, at service: ServiceName) async throws -> String {
        let node = node(service)
        switch decisions.receiving(service) {
        case .stagedThenAcknowledged:
            try await node.stage([message])
            let _: Bool = try await run.ask(.acknowledge)
            return ""
        case .acknowledgedThenStaged:
            let _: Bool = try await run.ask(.acknowledge)
            try await node.stage([message])
            return ""
        case .handled(let acknowledgesFailures):
            let request = node.inbox.request(for: message, at: world.now())
            let handler = node.queue.registry.handlers.first { $0.kind == request.kind }
            var word = ""
            do {
                switch try await handler?.run(QueuedTask(unqueued: request, at: world.now())) {
                case .notYet(let reason, _)?: word = reason
                case .done?, .at?, nil: break
                }
            } catch let error as TaskFailure {
                word = error.errorClass
            }
            if word.isEmpty || acknowledgesFailures { let _: Bool = try await run.ask(.acknowledge) }
            return word
        }
    }

    /// Handles a request until it has an answer, as the server of a service does.
    private func serve(_ request: ServiceRequest) async throws -> ServiceAnswer {
        let service = request.endpoint.service
        let node = node(service)
        if request.endpoint == .openBasket, decisions.findsThenInserts {
            return try await SeparateBasket(database: database(service)).open(request)
        }
        while true {
            if let answer = try await node.answer(request) { return answer }
            if decisions.calls == .direct {
                guard try await makeCalls(of: service) else { return ServiceAnswer(504, code: "no_outcome") }
            } else {
                let _: Bool = try await run.ask(.news(service))
            }
        }
    }

    /// Makes the requests that are kept in memory.
    /// - Returns: whether there were any.
    private func makeCalls(of service: ServiceName) async throws -> Bool {
        let calls = memory.take()
        let handler = node(service).queue.registry.handlers.first { $0.kind == .call }
        for call in calls { _ = try await handler?.run(QueuedTask(unqueued: call, at: world.now())) }
        return !calls.isEmpty
    }
}

private struct ScheduledTransport: ServiceTransport {
    let run: OrderingTree.Run

    func send(_ request: ServiceRequest, from service: ServiceName) async throws -> ServiceAnswer {
        try await run.ask(.request(request))
    }
}

extension Worker.Attempt.Ending {
    /// Outcomes not visible in the store.
    fileprivate var word: String {
        switch self {
        case .done: ""
        case .postponed(_, let errorClass), .stuck(let errorClass): errorClass
        case .leaseLost: "its lease is lost"
        }
    }
}
