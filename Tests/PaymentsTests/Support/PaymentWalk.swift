import EncodingKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import QueueKit
import Testing

/// One random walk over two orders; the same seed gives the same walk.
actor PaymentWalk {
    /// A violated invariant.
    struct Broken: Error {
        var what: String
    }

    /// What was done, step by step; what happened within a call is indented below it.
    private(set) var trace: [String] = []

    private let fixture: PaymentFixture
    /// Whether its events are on.
    private let announces: Bool
    private var random: SplitMix64
    private var orderIDs: [String] = []
    /// Reports not dropped yet; each may be delivered any number of times.
    private var callbacks: [PaymentCallback] = []
    private var depth = 0
    private var lastWorker = 0
    private var isTroubled = true
    /// Partners that are temporarily down.
    private var down: Set<Partner> = []
    /// The first violation found within a call, whose error the production code swallows.
    private var broken: Broken?

    init(seed: UInt64) async throws {
        announces = seed % 3 != 0
        fixture = try await PaymentFixture(announces: announces)
        random = SplitMix64(state: seed)
        for number in 1...1 + Int(seed % 2) { orderIDs.append(try await fixture.newOrder("bill-\(number)")) }
        fixture.partners.before = { [weak self] in try await self?.interfere("before", $0) }
        fixture.partners.after = { [weak self] in try await self?.interfere("after", $0) }
    }

    func run(steps: Int) async throws {
        for _ in 0..<steps { try await step() }
        isTroubled = false
        note("drain")
        try await drain()
        try await check(isQuiet: true)
        let before = try await fixture.snapshot()
        for callback in (callbacks + callbacks).shuffled(using: &random) { try await deliver(callback) }
        try await drain()
        let after = try await fixture.snapshot()
        guard before.orders.map(\.order) == after.orders.map(\.order), before.partners == after.partners else {
            throw Broken(what: "reports that came once more changed something")
        }
        try await check(isQuiet: true)
        try await audit()
    }

    // MARK: Steps

    private func step() async throws {
        do {
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<5: try await begin()
            case 5..<11: try await runTask()
            case 11..<14: try await deliverSome()
            case 14..<17: pass([1, 2, 2, 15, 40, 900].randomElement(using: &random) ?? 1)
            case 17: try await refund()
            case 18 where Bool.random(using: &random): breakOrMend()
            case 18: try await decide()
            default: try await closeOrReprint()
            }
        } catch let error as OrderError {
            note("refused: \(error)")
        } catch is CancellationError {
            note("the worker died")
        }
        callbacks += fixture.partners.takeCallbacks()
        try await check(isQuiet: false)
    }

    private func begin() async throws {
        let uid = ["anna", "boris", "clara"].randomElement(using: &random) ?? ""
        let card = (Card.allCases + [.approve, .slow, .slow, .decline, .declineOnce]).randomElement(using: &random)
        guard let card else { return }
        let orderID = anyOrder()
        note("\(uid) pays \(orderID.suffix(1)) with \(card.rawValue)")
        let order = try await Payments(fixture.services).begin(
            Payments.Request(orderID: orderID, uid: uid, paymentMethodID: card.rawValue))
        note("is \(order.status.rawValue), operation \(order.operation)")
    }

    private func runTask() async throws {
        lastWorker += 1
        let worker = PaymentFixture.worker("worker-\(lastWorker)", fixture.services)
        note("worker-\(lastWorker) looks for a task")
        let name = lastWorker
        depth += 1
        defer { depth -= 1 }
        for attempt in try await worker.runDue() {
            note("worker-\(name): \(attempt.task.kind.rawValue) \(attempt.task.key.suffix(8)) \(attempt.ending)")
        }
    }

    private func deliverSome() async throws {
        guard let callback = callbacks.randomElement(using: &random) else { return }
        if Bool.random(using: &random) { callbacks.removeAll { $0 == callback } }
        try await deliver(callback)
    }

    private func deliver(_ report: PaymentCallback) async throws {
        var callback = report
        if Int.random(in: 0..<16, using: &random) == 0 { callback.operation.amount.minorUnits += 1 }
        let effect = try await Payments(fixture.services).apply(callback.operation, invoiceID: callback.invoiceID)
            .effect
        note("report \(callback.eventID.suffix(20)) of \(callback.operation.amount): \(effect)")
    }

    private func pass(_ seconds: Double) {
        note("\(seconds) s pass")
        fixture.clock.advance(bySeconds: seconds)
        fixture.partners.advance()
    }

    private func refund() async throws {
        let amounts: [Int64?] = [nil, 1, 4_000, 6_000, 7_000]
        let amount = amounts.randomElement(using: &random) ?? nil
        let orderID = anyOrder()
        note("refund \(amount ?? 0) of \(orderID.suffix(1))")
        _ = try await Payments(fixture.services).refund(
            Payments.RefundRequest(orderID: orderID, amount: amount.map { rub($0) }, reason: "walk"), actor: .support)
    }

    /// A bank or a guest decides an operation.
    private func decide() async throws {
        let statuses: [PaymentOperation.Status] = [.succeeded, .failed, .lapsed]
        guard let invoice = fixture.partners.holdings.invoices.randomElement(using: &random),
            let operation = invoice.operations.randomElement(using: &random),
            let status = statuses.randomElement(using: &random)
        else { return }
        let isDone: Void? = try? fixture.partners.decide(
            invoiceID: invoice.invoiceID, number: operation.number, status: status)
        if isDone != nil { note("\(operation.kind) \(operation.number) of \(invoice.invoiceID.prefix(6)) \(status)") }
    }

    private func breakOrMend() {
        if let partner = down.popFirst() { return note("\(partner) is up again") }
        guard let partner = Partner.allCases.randomElement(using: &random) else { return }
        note("\(partner) is down")
        down.insert(partner)
    }

    private func closeOrReprint() async throws {
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            let orderID = anyOrder()
            note("cancel \(orderID.suffix(1))")
            _ = try await Orders(fixture.services).cancel(orderID, actor: .iiko, reason: "walk")
        case 1:
            note("rename")
            _ = try await Restaurants(fixture.services).add(
                clientID: PaymentFixture.clientID, name: "Bistro \(trace.count)", zone: nil,
                cashback: try Percent(["10", "30"].randomElement(using: &random) ?? "30"))
        default:
            note("reprint")
            let name = ["Soup", "Fish"].randomElement(using: &random) ?? ""
            _ = try await Preorders(fixture.services).create(PaymentFixture.bill("bill-1", (name, 12_000)))
        }
    }

    private func anyOrder() -> String { orderIDs.randomElement(using: &random) ?? "" }

    // MARK: Trouble

    /// What happens to a call: an error, or any other event meanwhile.
    private func interfere(_ side: String, _ action: PartnerAction) async throws {
        if let broken { throw broken }
        guard isTroubled else { return }
        if side == "before", down.contains(action.partner) {
            note("\(action): down")
            throw action.error(.unreachable)
        }
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<5:
            note("\(side) \(action): lost")
            throw action.error(side == "before" ? .unreachable : .timedOut)
        case 5..<7:
            note("\(side) \(action): 503")
            throw action.error(.serverError(status: 503))
        case 7..<9:
            note("\(side) \(action): killed")
            throw CancellationError()
        case 9..<10 where side == "before":
            note("\(side) \(action): refused")
            throw action.error(.rejected(status: 409, code: "not_today"))
        case 10..<40 where depth < 3:
            note("\(side) \(action), meanwhile:")
            depth += 1
            defer { depth -= 1 }
            do {
                for _ in 0..<Int.random(in: 1...8, using: &random) { try await step() }
            } catch let error as Broken {
                broken = error
                throw error
            }
        default: break
        }
    }

    // MARK: Rest

    private func drain() async throws {
        for _ in 0..<2_000 {
            try await fixture.worker.rescueTasksOfDeadWorkers()
            while !(try await fixture.worker.runDue(limit: 1)).isEmpty {
                callbacks += fixture.partners.takeCallbacks()
                if let broken { throw broken }
            }
            let next = try await fixture.worker.nextDue()
            guard let next else {
                let stuck = try await fixture.tasks().filter { $0.state != .done }
                guard stuck.isEmpty else { throw Broken(what: "not done: \(stuck)") }
                return
            }
            fixture.clock.advance(to: next)
        }
        throw Broken(what: "the queue does not come to rest")
    }

    private func check(isQuiet: Bool) async throws {
        if let broken { throw broken }
        let found = try await fixture.broken(isQuiet: isQuiet)
        guard found.isEmpty else {
            throw Broken(what: found.map(\.description).joined(separator: "\n"))
        }
        let isAnnounced =
            try await announces ? fixture.areAnnouncedOnce(orderIDs) : fixture.events().isEmpty
        guard isAnnounced else { throw Broken(what: "events and journal differ: \(try await fixture.events())") }
    }

    private func audit() async throws {
        let findings = try await CashbackAuditing(fixture.services).findings().findings
        guard findings.isEmpty else { throw Broken(what: "the audit found \(findings)") }
    }

    private func note(_ text: String) { trace.append(String(repeating: "  ", count: depth) + text) }
}
