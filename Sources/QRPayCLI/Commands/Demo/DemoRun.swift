import CommandLineKit
import DrawingKit
import EncodingKit
import FiscalReceipts
import HTTPKit
import PaymentCore
import PaymentPartners
import Payments
import QueueKit

/// The demo's steps: each uses the service behind one command.
struct DemoRun: Sendable {
    let stage: DemoStage
    let story: Story

    private var services: Services { stage.services }

    func run() async throws -> DemoSummary {
        try story.picture("A store, a sandbox of all partners at \(stage.partnersURL), and a day in two restaurants.\n")
        let created = try await takeInBills()
        try checkDeeplinks(created)
        let dinner = try await payByManyGuests(created.dinner.order)
        let coffee = created.coffee.order
        try await payAndRefund(dinner: dinner, coffee: coffee)
        let receipts = try await drain([dinner.orderID: 2, coffee.orderID: 1])
        let statuses = try await poll(paid: [dinner, coffee], waiting: created.drinks.order)
        let findings = try await audit(corrupting: dinner)
        var orders: [Order] = []
        for order in [dinner, coffee, created.drinks.order] {
            orders.append(try await Orders(services).order(order.orderID))
        }
        return DemoSummary(orders: orders, statuses: statuses, receipts: receipts, findings: findings)
    }

    // MARK: 1 Bills

    struct Created {
        var dinner: Preorders.Created
        var coffee: Preorders.Created
        var drinks: Preorders.Created

        var all: [Preorders.Created] { [dinner, coffee, drinks] }
    }

    private func takeInBills() async throws -> Created {
        try story.chapter(1, "A waiter closes an order: bills in three forms become orders")
        for bill in [DemoBill.dinner, .coffee] {
            let listed = try await Restaurants(services).add(
                clientID: try bill.read().clientID, name: bill.restaurantName, zone: "moscow",
                cashback: try Percent(bill.cashback))
            try story.check(
                listed.rule?.percent.description == bill.cashback,
                "\(bill.restaurantName) is registered with \(bill.cashback)% cashback")
        }
        let created = Created(
            dinner: try await create(.dinner), coffee: try await create(.coffee), drinks: try await create(.drinks))
        let again = try await Preorders(services).create(try DemoBill.dinner.read())
        try story.check(
            !again.isNew && again.order.orderID == created.dinner.order.orderID,
            "the same bill again is the same order")
        return created
    }

    private func create(_ bill: DemoBill) async throws -> Preorders.Created {
        let created = try await Preorders(services).create(try bill.read())
        let order = created.order
        try story.check(
            created.isNew && order.status == .pending,
            "\(bill.form): \(order.amount) at \(created.restaurant?.name ?? "?") is order \(order.orderID)")
        return created
    }

    // MARK: 2 Deeplinks

    private func checkDeeplinks(_ created: Created) throws {
        try story.chapter(2, "The check is printed: a signed deeplink as a QR code")
        let base = services.settings.deeplinkBase
        for deeplink in created.all.map(\.deeplink) {
            let read = try Deeplink(url: deeplink.url(base: base), base: base)
            try services.deeplinks.verify(read)
            try story.check(read == deeplink, "the deeplink of \(read.orderID) is verified")
        }
        // The signature of one check is used with another order's id.
        let coffee = created.coffee.deeplink
        let tampered = try Deeplink(
            orderID: created.drinks.order.orderID, restaurantID: coffee.restaurantID, kid: coffee.kid, hmac: coffee.hmac
        )
        var isRefused = false
        do { try services.deeplinks.verify(tampered) } catch { isRefused = true }
        try story.check(isRefused, "a link with another order's id is refused")
        let link = created.dinner.deeplink.url(base: base)
        try story.tell(link)
        try story.picture(
            "\n\(TerminalText(drawn: try QRCode(link, errorCorrection: .medium).terminal(story.qrStyle)))\n")
    }

    // MARK: 3 Many guests, one order

    private func payByManyGuests(_ order: Order) async throws -> Order {
        try story.chapter(3, "Three guests, one order")
        let view = try await Preorders(services).view(orderID: order.orderID, uid: "guest-a")
        try story.check(
            view.lines.count >= 20 && view.cashback != nil && !view.paymentMethods.isEmpty,
            "A's app shows \(view.lines.count.counted("line")), "
                + "\(view.cashback.map { "\($0.amount)" } ?? "no") cashback and "
                + "\(view.paymentMethods.count.counted("card"))")
        let declined = try await begin(order, "guest-a", "card-decline")
        try await settle(order.orderID)
        try story.check(
            try await current(order).status == .holdFailed, "A's card is declined: the order is open to others again")

        async let b = begin(order, "guest-b", "card-approve")
        async let c = begin(order, "guest-c", "card-approve")
        let winners = try await [b, c].compactMap(\.self)
        try story.check(
            winners.count == 1,
            "B and C pay at the same instant: \(winners.first?.uid ?? "?") wins, the other gets order_taken")

        let before = try await current(order)
        let delivered = try await stage.redeliverCallbacks(ofInvoice: declined?.edaOrderID ?? "")
        let after = try await current(order)
        try story.check(delivered > 0 && after == before, "A's decline is reported again, late: it changes nothing")
        return winners[0]
    }

    /// Nil when another guest is already paying.
    private func begin(_ order: Order, _ uid: String, _ method: String) async throws -> Order? {
        do {
            return try await Payments(services).begin(
                Payments.Request(
                    orderID: order.orderID, uid: uid, paymentMethodID: method, billVersion: order.billVersion))
        } catch OrderError.alreadyBeingPaid {
            return nil
        }
    }

    // MARK: 4 Hold, cashback, clear, refund

    private func payAndRefund(dinner: Order, coffee: Order) async throws {
        try story.chapter(4, "Hold, cashback, clear, and a partial refund")
        _ = try await begin(coffee, "guest-d", "card-lost")
        for order in [dinner, coffee] {
            try await settle(order.orderID)
            let paid = try await current(order)
            try story.check(
                paid.status == .cleared && paid.capturedAmount == paid.amount && !paid.cashbackDue.isZero,
                "\(paid.uid ?? "?") is held and cleared: \(paid.capturedAmount) captured, "
                    + "\(paid.cashbackDue) cashback due"
            )
        }
        try story.tell("(guest-d's hold succeeded but its answer was lost: the request was repeated)")
        let amount = try Money(decimal: "450.00", currency: dinner.currency)
        _ = try await Payments(services).refund(
            Payments.RefundRequest(orderID: dinner.orderID, amount: amount, reason: "the soup was cold"),
            actor: .support)
        try await settle(dinner.orderID)
        let refunded = try await current(dinner)
        try story.check(
            refunded.refunded == amount && refunded.status == .cleared,
            "\(amount) refunded for a cold soup: \(refunded.kept) kept, \(refunded.cashbackDue) cashback due")
    }

    // MARK: 5 Receipts

    private func drain(_ expected: [String: Int]) async throws -> [DemoSummary.Receipt] {
        try story.chapter(5, "The worker drains the queue: receipts are awaited, rendered and stored")
        let polls = Counter()
        var loop = WorkLoop(Worker(services.queue, processes: stage.processes))
        loop.pollSeconds = 0.05
        loop.report = { attempt in
            if case .postponed(_, errorClass: "not_yet") = attempt.ending { await polls.increment() }
        }
        let drained = try await loop.drain(horizonSeconds: 5)
        let notYet = await polls.value
        try story.check(
            drained.stuck == 0,
            "\(drained.done.counted("task")) done; Eda answered \"not yet\" \(notYet.counted("time"))")
        var stored: [DemoSummary.Receipt] = []
        for (orderID, count) in expected.sorted(by: { $0.value > $1.value }) {
            let receipts = try await Receipts(services).list(orderID: orderID, limit: 10)
            try story.check(
                receipts.count == count, "order \(orderID) has \(count.counted("receipt"))")
            for receipt in receipts { stored.append(try await fetch(receipt)) }
        }
        return stored
    }

    /// Fetches a receipt by its link, as a guest does, and compares it with what the bucket holds.
    private func fetch(_ receipt: StoredReceipt) async throws -> DemoSummary.Receipt {
        let receipts = Receipts(services)
        let link = try receipts.link(to: receipt, expiresInSeconds: 60)
        let answer = try await stage.transport.send(HTTPRequest(url: link))
        let stored = try await receipts.pdf(of: receipt)
        try story.check(
            answer.status == 200 && answer.body == stored && stored.starts(with: Array("%PDF-".utf8)),
            "\(receipt.kind.rawValue) receipt of \(receipt.cost): \(stored.count) bytes of PDF, the same by its link")
        let path = "\(stage.directory)/receipts/\(receipt.key)"
        try LocalFile.makeDirectory("\(stage.directory)/receipts/\(receipt.orderID)")
        try LocalFile.write(stored, to: path)
        return DemoSummary.Receipt(receipt: receipt, bytes: stored.count)
    }

    // MARK: 6 Poll and audit

    private func poll(paid: [Order], waiting: Order) async throws -> [String: IikoStatus] {
        try story.chapter(6, "iiko polls, and the cashback is audited")
        let answered = try await Orders(services).statuses(paid.map(\.orderID) + [waiting.orderID, "no-such-order"])
        let expected = paid.map { _ in IikoStatus.payed } + [.waiting, .notFound]
        try story.check(
            answered.map(\.status) == expected, "iiko sees \(answered.map(\.status.rawValue).joined(separator: ", "))")
        return Dictionary(answered.map { ($0.orderID, $0.status) }) { first, _ in first }
    }

    private func audit(corrupting order: Order) async throws -> [CashbackAudit.Finding] {
        let auditing = CashbackAuditing(services)
        let clean = try await auditing.findings()
        try story.check(
            clean.findings.isEmpty && clean.progress.ledgerRows >= 3,
            "the audit of \(clean.progress.orders) orders against \(clean.progress.ledgerRows) ledger rows is clean")
        try await stage.corruptAccrual(ofOrder: order.orderID)
        let findings = try await auditing.findings().findings
        try story.check(
            findings.count == 1 && findings[0].orderID == order.orderID && findings[0].findingClass == .wrongAmount,
            "one accrual is changed in the cashback service, and the audit finds exactly that:")
        try story.tell(findings[0].explanation)
        return findings
    }

    // MARK: Parts

    private func current(_ order: Order) async throws -> Order { try await Orders(services).order(order.orderID) }

    /// Runs the order's payment tasks until nothing of them is left.
    private func settle(_ orderID: String) async throws {
        var loop = WorkLoop(Worker(services.queue, processes: stage.processes))
        loop.kinds = [.paymentSettle, .cashbackAccrue]
        loop.tags = [.orderID: orderID]
        loop.pollSeconds = 0.02
        _ = try await loop.drain(horizonSeconds: 5)
    }
}

private actor Counter {
    private(set) var value = 0

    func increment() { value += 1 }
}
