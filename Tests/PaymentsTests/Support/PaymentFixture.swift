import MessagingKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import QueueKit
import SQLKit
import TestSupport
import Testing

/// A restaurant with a store in memory and partners in memory; every step is followed by a check of every invariant.
struct PaymentFixture: Sendable {
    let clock: TestClock
    let partners: InMemoryPartners
    let store: Store
    let services: Services
    let worker: Worker

    static let clientID = "bistro"
    static let bill = rub(12_000)
    /// 30% of the bill.
    static let promise = rub(3_600)

    /// A restaurant that gives 30% cashback.
    init(
        sandbox: SandboxSettings = SandboxSettings(), cashback: String? = "30", database: (any SQLDatabase)? = nil,
        announces: Bool = false, settings: (inout Settings) -> Void = { _ in }
    ) async throws {
        let clock = TestClock()
        let partners = InMemoryPartners(settings: sandbox, now: { clock.now })
        let memory = try await TestStore.open(Schema.migrations)
        store = announces ? Store(database ?? memory).announcing() : Store(database ?? memory)
        var chosen = Settings()
        settings(&chosen)
        services = Services(
            store: store,
            partners: Partners(
                eda: partners, transactions: partners, cardstorage: partners, cashback: partners, check: partners,
                storage: partners),
            world: clock.world, settings: chosen,
            deeplinks: DeeplinkSigner(
                keys: [DeeplinkKey(kid: "1", secret: [7])], authenticate: { _, _ in Array(repeating: 7, count: 32) },
                equals: ==))
        self.clock = clock
        self.partners = partners
        worker = Self.worker("worker-1", services)
        if let cashback {
            _ = try await Restaurants(services).add(
                clientID: Self.clientID, name: "Bistro", zone: nil, cashback: try Percent(cashback))
        }
    }

    static func worker(_ name: String, _ services: Services, alive: Set<String> = []) -> Worker {
        Worker(
            services.queue, processes: Processes(own: name, isAlive: { alive.contains($0) || $0 == name }),
            leaseSeconds: TestClock.leaseSeconds)
    }

    // MARK: Steps

    static func bill(_ id: String = "bill-1", _ lines: (String, Int64)...) -> Bill {
        let lines = lines.isEmpty ? [("Soup", 12_000)] : lines
        return Bill(
            clientID: clientID, internalOrderID: id, amount: rub(lines.reduce(0) { $0 + $1.1 }),
            lines: lines.map { BillLine(name: $0.0, amount: rub($0.1)) })
    }

    /// A new order of 120 roubles.
    func newOrder(_ id: String = "bill-1") async throws -> String {
        try await Preorders(services).create(Self.bill(id)).order.orderID
    }

    @discardableResult
    func begin(
        _ orderID: String, _ uid: String = "anna", _ card: Card = .approve, billVersion: Int? = nil
    ) async throws -> Order {
        try await checked {
            try await Payments(services).begin(
                Payments.Request(
                    orderID: orderID, uid: uid, paymentMethodID: card.rawValue, billVersion: billVersion))
        }
    }

    @discardableResult
    func refund(
        _ orderID: String, _ kopecks: Int64?, lines: [Payments.RefundRequest.Line] = [], key: String? = nil,
        isAgain: Bool = false
    ) async throws -> PaymentOperation {
        try await checked {
            try await Payments(services).refund(
                Payments.RefundRequest(
                    orderID: orderID, amount: kopecks.map { rub($0) }, lines: lines, reason: "cold soup",
                    key: key, isAgain: isAgain),
                actor: .support
            ).operation
        }
    }

    @discardableResult
    func deliver(_ callback: PaymentCallback) async throws -> Payments.Effect {
        try await checked {
            try await Payments(services).apply(callback.operation, invoiceID: callback.invoiceID).effect
        }
    }

    /// Runs one due task.
    @discardableResult
    func step(_ kinds: [TaskKind] = TaskKind.payments) async throws -> Worker.Attempt? {
        try await checked { try await worker.runDue(kinds: kinds).first }
    }

    /// Runs what is due until nothing is, without advancing time.
    @discardableResult
    func settle(_ kinds: [TaskKind] = TaskKind.payments) async throws -> [Worker.Attempt] {
        var attempts: [Worker.Attempt] = []
        while let attempt = try await step(kinds) { attempts.append(attempt) }
        return attempts
    }

    /// Runs everything to completion, advancing time, and then checks the invariants that hold once all work has
    /// settled.
    func drain() async throws {
        for _ in 0..<1000 {
            try await settle()
            guard let next = try await worker.nextDue() else {
                for task in try await tasks() where task.state != .done { Issue.record("not done: \(task)") }
                return try await check(isQuiet: true)
            }
            clock.advance(to: next)
        }
        Issue.record("the queue does not come to rest")
    }

    /// A paid order.
    func paidOrder(_ card: Card = .approve) async throws -> String {
        let orderID = try await newOrder()
        try await begin(orderID, "anna", card)
        try await settle([.paymentSettle, .cashbackAccrue])
        return orderID
    }

    // MARK: Looks

    func order(_ orderID: String) async throws -> Order { try await Orders(services).order(orderID) }

    func status(_ orderID: String) async throws -> OrderStatus { try await order(orderID).status }

    func journal(_ orderID: String) async throws -> [JournalEntry.Event] {
        try await Orders(services).history(orderID).map(\.event)
    }

    /// The events in the outbox, in their order.
    func events() async throws -> [PaymentEvent] {
        try await store.read { try $0.outbox.list(OutboxFilter()) }.map { try PaymentEvent($0.message) }
    }

    /// Whether the outbox holds, for each order, one event for each entry of its journal that is one.
    func areAnnouncedOnce(_ orderIDs: [String]) async throws -> Bool {
        let events = try await events()
        for orderID in orderIDs {
            let expected = try await journal(orderID).compactMap(Self.eventType)
            guard events.filter({ $0.content.orderID == orderID }).map(\.kind.rawValue) == expected else {
                return false
            }
        }
        return Set(events.map(\.id)).count == events.count
    }

    private static func eventType(_ event: JournalEntry.Event) -> String? {
        switch event {
        case .cleared: "order.paid"
        case .holdFailed, .clearFailed: "order.declined"
        case .refunded: "order.refunded"
        case .receiptStored: "receipt.stored"
        default: nil
        }
    }

    func tasks(_ kind: TaskKind? = nil) async throws -> [QueuedTask] {
        var filter = TaskFilter()
        filter.kinds = kind.map { [$0] } ?? []
        return try await services.queue.list(filter)
    }

    func snapshot() async throws -> PaymentSnapshot {
        PaymentSnapshot(orders: try await SnapshotReader(services).ours(), partners: partners.holdings)
    }

    func broken(isQuiet: Bool = false) async throws -> [BrokenInvariant] {
        PaymentInvariants.broken(in: try await snapshot(), isQuiet: isQuiet)
    }

    func check(isQuiet: Bool = false, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        for broken in try await broken(isQuiet: isQuiet) { Issue.record("\(broken)", sourceLocation: sourceLocation) }
    }

    private func checked<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        try await check()
        return try result.get()
    }
}

func rub(_ kopecks: Int64) -> Money { Money(minorUnits: kopecks, currency: .rub) }

extension TaskQueue {
    /// The same queue, with one handler for every kind of task.
    func running(_ run: @escaping @Sendable (QueuedTask) async throws -> TaskOutcome) -> TaskQueue {
        var queue = self
        let failure = registry.failure
        queue.registry = TaskRegistry(
            registry.handlers.map { TaskHandler($0.kind, retryPolicy: $0.retryPolicy, run: run) })
        queue.registry.failure = failure
        return queue
    }
}
