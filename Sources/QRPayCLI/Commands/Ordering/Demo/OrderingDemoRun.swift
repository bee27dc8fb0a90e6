import EncodingKit
import MessagingKit
import Ordering
import OrderingCore
import Payments
import SQLKit
import SQLiteEngine
import Synchronization
import WorldKit

/// The demo's steps in one style.
struct OrderingDemoRun: Sendable {
    private let stage: OrderingDemoStage
    private let story: Story
    private let number: Int
    private let gateway: Gateway
    private let checks = Checks()

    private final class Checks: Sendable {
        let texts = Mutex<[String]>([])
    }

    private var style: StyleName { stage.stores.style.name }

    init(_ stage: OrderingDemoStage, _ story: Story, number: Int) throws {
        guard let gateway = stage.fleet.gateway else {
            throw Problem(.negative, "demo_failed", "the gateway does not run")
        }
        self.stage = stage
        self.story = story
        self.number = number
        self.gateway = gateway
    }

    func run() async throws -> OrderingDemoResult {
        try story.chapter(number, "\(style.rawValue): \(Self.meaning(style))")
        let userID = try await registerAndDeposit()
        var result = OrderingDemoResult(style: style)
        let paid = try await orderThatSucceeds(userID, &result)
        try await orderThatFails(userID)
        try await repetition(userID, paid)
        try await redelivery(paid, userID)
        try await crash(userID)
        let broken = try await stage.snapshot().broken(isAtRest: true)
        try check(
            broken.isEmpty,
            broken.first?.description ?? "all \(OrderingInvariant.allCases.count) invariants hold across the stores")
        result.checks = checks.texts.withLock { $0 }
        return result
    }

    private static func meaning(_ style: StyleName) -> String {
        switch style {
        case .http: "services call each other, and the client waits for all of them"
        case .events: "services publish what happened, and ask back for the details"
        case .collaboration: "messages carry all that their consumers need"
        case .hybrid: "the gateway calls, the rest is messages, and the client learns the outcome later"
        }
    }

    private func check(_ isTrue: Bool, _ text: String) throws {
        try story.check(isTrue, text)
        checks.texts.withLock { $0.append(text) }
    }

    // MARK: Steps

    private func registerAndDeposit() async throws -> String {
        let (email, password) = ("pavel@example.com", "correct horse battery")
        let registered = try await gateway.register(
            .init(email: email, password: password, firstName: "Pavel", lastName: "Ivanov"))
        try await stage.rest()
        let token = try await gateway.logIn(email: email, password: password)
        let userID = try await gateway.userID(token: token ?? "") ?? ""
        let isDrawn = try await isAsDrawn(userID, .registration)
        try check(
            registered.status == 201 && registered.fields[.userID] == userID && isDrawn,
            "\(email) is registered and logged in, in the steps of the published diagram")
        let answers = [
            try await gateway.deposit(try Money(decimal: "100"), userID: userID, key: "salary"),
            try await gateway.deposit(try Money(decimal: "100"), userID: userID, key: "salary"),
        ]
        let balance = try await balance(userID)
        try check(
            answers.allSatisfy { $0.status == 200 } && balance == "100.00",
            "100.00 deposited, asked twice under one key: the balance is \(balance)")
        return userID
    }

    private func orderThatSucceeds(_ userID: String, _ result: inout OrderingDemoResult) async throws -> String {
        let commits = SQLiteDatabase.commits
        let start = stage.world.now()
        let answer = try await order("60", userID, key: "dinner")
        result.response = stage.world.now().seconds(since: start)
        try await stage.rest()
        result.commits = SQLiteDatabase.commits - commits
        result.status = answer.status
        let orderID = answer.fields[.orderID] ?? ""
        let trace = try await stage.trace(orderID)
        result.orderID = orderID
        result.counts = trace?.run.counts ?? ArrowCounts()
        let (status, balance) = try await (status(orderID, userID), balance(userID))
        try check(
            answer.status == (style == .hybrid ? 202 : 200) && status == .succeeded && balance == "40.00",
            "an order for 60.00 is answered with \(answer.status) and succeeds: \(balance) left")
        try check(
            try await isAsDrawn(orderID, .order),
            "its arrows are as drawn: \(result.counts.requests.counted("request")), "
                + "\(result.counts.publishes.counted("publish", "publishes")), "
                + "\(result.counts.deliveries.counted("delivery", "deliveries"))")
        let told = try await gateway.notifications(userID: userID).rows.count
        let pushed = try await gateway.pushEvents(userID: userID).rows.count
        try check(told == 1 && pushed == 1, "one notification and one push event tell of it")
        return orderID
    }

    private func orderThatFails(_ userID: String) async throws {
        let answer = try await order("60", userID, key: "supper")
        try await stage.rest()
        let orderID = answer.fields[.orderID] ?? ""
        let shown = try await gateway.order(orderID, userID: userID)
        let balance = try await balance(userID)
        try check(
            answer.status == (style == .hybrid ? 202 : 422) && shown.fields[.status] == .failed
                && shown.fields[.reason] == .notEnoughMoney && balance == "40.00",
            "another for 60.00 is answered with \(answer.status) and fails: not enough money, \(balance) left")
        try check(try await isAsDrawn(orderID, .order), "its arrows are as drawn as well")
    }

    private func repetition(_ userID: String, _ orderID: String) async throws {
        let again = try await order("60", userID, key: "dinner")
        let other = try await order("61", userID, key: "dinner")
        try await stage.rest()
        let balance = try await balance(userID)
        try check(
            again.fields[.orderID] == orderID && other.status == 422 && other.code == "key_reused"
                && balance == "40.00",
            "the first order again under its key is the same order, \(balance) left; another sum is refused")
    }

    /// Sends again what has been sent, under its ids: messages through the broker, a payment as a request.
    private func redelivery(_ orderID: String, _ userID: String) async throws {
        let before = try await stage.effects()
        let arrows = stage.fleet.arrows
        if style == .http {
            let sent = try await stage.trace(orderID)?.run.steps.first { $0.arrow.kind == .request(.createPayment) }
            let fields = FieldSet().with(.paymentID, OrderRule.paymentID(orderID: orderID, attempt: 1))
                .with(.orderID, orderID).with(.userID, userID).with(.amount, try Money(decimal: "60"))
            let answer = try await stage.fleet.send(
                ServiceRequest(
                    id: sent?.id ?? "", endpoint: .createPayment, fields: fields,
                    correlationID: sent?.id ?? "", time: stage.world.now()), from: .order)
            try check(
                answer.status == 201, "the payment is requested again: billing gives the answer that it has recorded")
        } else {
            var filter = OutboxFilter()
            filter.correlationID = try await stage.trace(orderID)?.requestID
            let selected = filter
            var count = 0
            for database in stage.stores.databases.values {
                count += try await database.write { try Outbox($0).resend(selected) }
            }
            try await stage.rest()
            let delivered = (stage.fleet.arrows - arrows).deliveries
            try check(
                count > 0 && delivered >= count,
                "its \(count.counted("message")) \(count == 1 ? "is" : "are") sent again and delivered "
                    + "\(delivered.counted("time"))")
        }
        try await stage.rest()
        try check(try await stage.effects() == before, "nothing has happened twice")
    }

    /// Billing's process ends when a payment is durable, and before anybody is told.
    private func crash(_ userID: String) async throws {
        let known = try await stage.snapshot().payments.count
        let doomed = DoomedProcess { connection in
            try connection.query("SELECT COUNT(*) AS count FROM payments")[0].number("count") > known
        }
        await stage.fleet.stop(.billing)
        stage.fleet.start(.billing, in: doomed) {
            OrderingDemoStage.embeddedBroker(stage.stores, stage.world, $0)
        }
        async let waiting = order("30", userID, key: "breakfast")
        for _ in 0..<10_000 where !doomed.isOver { try await stage.world.sleep(0.01) }
        await stage.fleet.stop(.billing)
        let left = try await stage.snapshot()
        let pending = left.orders.filter { $0.status == .pending }
        try check(
            doomed.isOver && left.payments.count == known + 1 && pending.count == 1,
            "billing's process ends after it has charged 30.00 and before it acknowledges: the order is pending")
        stage.fleet.start(.billing)
        let answer = try await waiting
        try await stage.rest()
        let orderID = answer.fields[.orderID] ?? pending.first?.id ?? ""
        let (status, balance) = try await (status(orderID, userID), balance(userID))
        let charges = try await stage.snapshot().payments.count { $0.orderID == orderID }
        try check(
            status == .succeeded && balance == "10.00" && charges == 1,
            "started again, it finds what it has done: the order succeeds, charged once, \(balance) left")
        try check(try await isAsDrawn(orderID, .order), "its arrows are as drawn, too")
    }

    // MARK: Parts

    private func order(_ price: String, _ userID: String, key: String) async throws -> Gateway.Answer {
        try await gateway.order(try Money(decimal: price), userID: userID, key: key)
    }

    private func balance(_ userID: String) async throws -> String {
        try await gateway.account(userID: userID).fields[.balance]?.decimal ?? "no account"
    }

    private func status(_ orderID: String, _ userID: String) async throws -> Order.Status? {
        try await gateway.order(orderID, userID: userID).fields[.status]
    }

    private func isAsDrawn(_ id: String, _ request: ClientRequest) async throws -> Bool {
        guard let run = try await stage.trace(id)?.run, run.style == style,
            let diagram = SequenceDiagram.published(style, request)
        else { return false }
        return DiagramComparison(run, with: diagram).isAsDrawn
    }
}

extension OrderingDemoStage {
    /// Everything that the services have done, but not when and how often they tried.
    fileprivate func effects() async throws -> [String] {
        let snapshot = try await snapshot()
        return [
            "\(snapshot.accounts)", "\(snapshot.entries)", "\(snapshot.payments)", "\(snapshot.orders)",
            "\(snapshot.moves)", "\(snapshot.notifications)", "\(snapshot.pushEvents)",
            "\(snapshot.sent.map(\.message.id))", "\(snapshot.effects)",
        ]
    }
}
