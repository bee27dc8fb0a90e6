import MessagingKit
import OrderingCore
import Testing
import WorldKit

@Suite struct InvariantTests {
    static let now = Instant(microseconds: 1_700_000_000_000_000)

    static func money(_ units: Int64) -> Money { Money(minorUnits: units)! }

    static func message(_ id: String, _ type: MessageType, key: String, _ fields: FieldSet) -> Message {
        let (body, version) = try! Contract.encode(fields, as: type, in: .hybrid)
        return Message(
            id: id, type: type.rawValue, key: key, correlationID: "r", causationID: "r", time: now,
            schemaVersion: version, body: body)
    }

    static func payment(_ number: Int, of orderID: String, refusal: FailureReason? = nil) -> Payment {
        Payment(
            id: "\(orderID):\(number)", orderID: orderID, userID: "u", amount: money(300), refusal: refusal, at: now)
    }

    static func sent(_ sender: ServiceName, _ position: Int64, _ message: Message) -> OrderingSnapshot.SentMessage {
        .init(sender: sender, position: position, message: message, state: .sent)
    }

    /// A user with 10.00 − 1.00 − 3.00, an order of the paid basket b that succeeded, one without a basket that failed,
    /// and an open basket.
    static let good: OrderingSnapshot = {
        var snapshot = OrderingSnapshot(style: .hybrid)
        snapshot.accounts = [Account(userID: "u", balance: money(600)), Account(userID: "v", balance: .zero)]
        let amounts: [(Entry.Kind, Int64, String)] = [
            (.deposit, 1000, "r-1"), (.withdrawal, -100, "r-2"), (.charge, -300, "b-1:1"),
        ]
        snapshot.entries = amounts.enumerated().map { place, entry in
            Entry(
                number: place + 1, userID: "u", kind: entry.0, amount: money(entry.1), reference: entry.2, at: now)
        }
        snapshot.payments = [payment(1, of: "b-1"), payment(1, of: "o-2", refusal: .notEnoughMoney)]
        snapshot.baskets = [
            Basket(id: "b", userID: "u", status: .paid, attempt: 1, sum: money(300)), Basket(id: "c", userID: "u"),
        ]
        snapshot.orders = [
            Order(id: "b-1", userID: "u", price: money(300), status: .succeeded, basketID: "b", createdAt: now),
            Order(
                id: "o-2", userID: "u", price: money(300), status: .failed, reason: .notEnoughMoney, createdAt: now),
        ]
        snapshot.accepted = ["b-1", "o-2"]
        let moves: [(String, Order.Status)] = [
            ("b-1", .pending), ("o-2", .pending), ("b-1", .succeeded), ("o-2", .failed),
        ]
        snapshot.moves = moves.map { .init(orderID: $0.0, status: $0.1) }
        snapshot.notifications = snapshot.orders.map {
            Notification(id: $0.id, orderID: $0.id, userID: "u", status: $0.status, message: "", createdAt: now)
        }
        snapshot.pushEvents = snapshot.orders.enumerated().map { place, order in
            PushEvent(
                number: place + 1, orderID: order.id, userID: "u", status: order.status, reason: order.reason,
                createdAt: now)
        }
        snapshot.sent = [
            sent(.order, 1, message("order:1:0", .createPayment, key: "u", payment(1, of: "b-1").fields)),
            sent(.order, 2, message("order:2:0", .createPayment, key: "u", payment(1, of: "o-2").fields)),
            sent(.billing, 1, message("billing:1:0", .paymentCreated, key: "b-1", payment(1, of: "b-1").fields)),
        ]
        snapshot.effects = [
            .init(service: .billing, messageID: "order:1:0"), .init(service: .billing, messageID: "order:2:0"),
            .init(service: .order, messageID: "billing:1:0"),
        ]
        snapshot.answers = [
            .init(userID: "u", key: "k", status: 202, orderID: "b-1"),
            .init(userID: "u", key: "k", status: 200, orderID: "b-1"),
            .init(userID: "u", key: nil, status: 422, orderID: "o-2"),
        ]
        return snapshot
    }()

    struct Planted: Sendable, CustomTestStringConvertible {
        var name: String
        var invariant: OrderingInvariant
        /// Whether it is one only at rest.
        var isAtRest = false
        var plant: @Sendable (inout OrderingSnapshot) -> Void

        init(
            _ invariant: OrderingInvariant, _ name: String, atRest: Bool = false,
            _ plant: @escaping @Sendable (inout OrderingSnapshot) -> Void
        ) {
            self.name = name
            self.invariant = invariant
            isAtRest = atRest
            self.plant = plant
        }

        var testDescription: String { name }
    }

    static let planted: [Planted] = [
        Planted(.moneyKept, "a balance that the entries do not make") { $0.accounts[0].balance = money(601) },
        Planted(.moneyKept, "a charge that no payment explains") { $0.payments.removeFirst() },
        Planted(.moneyKept, "a balance below zero in between") { snapshot in
            snapshot.entries[0].number = 3
            snapshot.entries[2].number = 1
        },
        Planted(.moneyKept, "money without an account") { $0.accounts.removeFirst() },
        Planted(.moneyKept, "a lost entry") { snapshot in
            snapshot.entries.remove(at: 1)
            snapshot.accounts[0].balance = money(700)
        },
        Planted(.moneyKept, "a deposit that takes") { snapshot in
            snapshot.entries[1].kind = .deposit
        },
        Planted(.oneCharge, "a payment that was charged twice") { snapshot in
            var again = snapshot.entries[2]
            again.number = 4
            snapshot.entries.append(again)
            snapshot.accounts[0].balance = money(300)
        },
        Planted(.oneCharge, "an order with two succeeded payments") { snapshot in
            snapshot.payments.append(payment(2, of: "b-1"))
        },
        Planted(.oneCharge, "a basket that was paid twice") { snapshot in
            snapshot.orders[1].basketID = "b"
            snapshot.payments[1].refusal = nil
        },
        Planted(.chargeMeansSuccess, "an order that succeeded without its charge") {
            $0.payments[0].refusal = .noAccount
        },
        Planted(.chargeMeansSuccess, "a failed order that was charged") { $0.payments[1].refusal = nil },
        Planted(.chargeMeansSuccess, "a charge without an order") { $0.orders.removeFirst() },
        Planted(.chargeMeansSuccess, "a charge that its order never learns of", atRest: true) {
            $0.orders[0].status = .pending
        },
        Planted(.statusMovesOnce, "a success after a failure") { snapshot in
            snapshot.moves.append(.init(orderID: "o-2", status: .succeeded))
        },
        Planted(.statusMovesOnce, "a status that goes back") { snapshot in
            snapshot.moves.append(.init(orderID: "b-1", status: .pending))
        },
        Planted(.statusMovesOnce, "a status that was never moved to") { $0.orders[1].status = .succeeded },
        Planted(.nothingForgotten, "a row that was not sent", atRest: true) { $0.sent[0].state = .unsent },
        Planted(.nothingForgotten, "a parked row that does not say why", atRest: true) {
            $0.sent[0].state = .parked(error: nil)
        },
        Planted(.nothingForgotten, "work that is not finished", atRest: true) {
            $0.work = [.init(service: .billing, id: "order:1:0", isStuck: false)]
        },
        Planted(.nothingForgotten, "stuck work that does not say why", atRest: true) {
            $0.work = [.init(service: .billing, id: "order:1:0", isStuck: true)]
        },
        Planted(.nothingForgotten, "an order that stays pending", atRest: true) { $0.orders[1].status = .pending },
        Planted(.toldOnce, "a second notification") { $0.notifications.append($0.notifications[0]) },
        Planted(.toldOnce, "a second push event") { $0.pushEvents.append($0.pushEvents[0]) },
        Planted(.toldOnce, "a notification of another outcome") { $0.notifications[0].status = .failed },
        Planted(.toldOnce, "a push event for another user") { $0.pushEvents[0].userID = "v" },
        Planted(.toldOnce, "a notification of an unknown order") { $0.notifications[0].orderID = "o-9" },
        Planted(.toldOnce, "a missing notification", atRest: true) { $0.notifications.removeLast() },
        Planted(.toldOnce, "a missing push event", atRest: true) { $0.pushEvents.removeLast() },
        Planted(.answeredExists, "a 200 for an order that does not exist") {
            $0.answers.append(.init(userID: "u", key: nil, status: 200, orderID: "o-9"))
        },
        Planted(.answeredExists, "a 202 for an order that nobody accepted") {
            $0.answers.append(.init(userID: "u", key: nil, status: 202, orderID: "o-9"))
        },
        Planted(.answeredExists, "a 200 without an order") {
            $0.answers.append(.init(userID: "u", key: nil, status: 200, orderID: nil))
        },
        Planted(.answeredExists, "an accepted order that never came to be", atRest: true) { $0.accepted.insert("o-9") },
        Planted(.oneUnpaidBasket, "a second open basket") { $0.baskets.append(Basket(id: "d", userID: "u")) },
        Planted(.oneUnpaidBasket, "an open basket beside an ordered one") { $0.baskets[0].status = .ordered },
        Planted(.keyOrderKept, "a message that overtook another of its key") { $0.effects.swapAt(0, 1) },
        Planted(.keyOrderKept, "a message that took effect twice") { $0.effects.append($0.effects[1]) },
        Planted(.contractKept, "a message of another style") { $0.sent[0].message.type = "Order/PaymentRequired" },
        Planted(.contractKept, "a body with another field") {
            $0.sent[0].message.body = Array(#"{"userId":"u"}"#.utf8)
        },
        Planted(.contractKept, "a message from the wrong service") { $0.sent[2].sender = .order },
        Planted(.contractKept, "an unknown schema version") { $0.sent[1].message.schemaVersion = 2 },
        Planted(.oneAnswerAKey, "two orders under one key") {
            $0.answers.append(.init(userID: "u", key: "k", status: 422, orderID: "o-2"))
        },
        Planted(.oneAnswerAKey, "two outcomes under one key") {
            $0.answers.append(.init(userID: "u", key: "k", status: 422, orderID: "b-1"))
        },
    ]

    @Test func `a sound snapshot breaks nothing`() {
        #expect(Self.good.broken(isAtRest: true) == [])
        #expect(Self.good.broken(isAtRest: false) == [])
        #expect(OrderingSnapshot(style: .http).broken(isAtRest: true) == [])
    }

    @Test(arguments: planted) func `what is planted is found`(_ planted: Planted) {
        var snapshot = Self.good
        planted.plant(&snapshot)
        let found = snapshot.broken(isAtRest: true, checking: [planted.invariant])
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { !$0.explanation.isEmpty })
        #expect(snapshot.broken(isAtRest: false, checking: [planted.invariant]).isEmpty == planted.isAtRest)
    }

    @Test func `every invariant has a snapshot that breaks it`() {
        #expect(Set(Self.planted.map(\.invariant)) == Set(OrderingInvariant.allCases))
    }

    @Test func `work that waits for an operator and says why is not forgotten`() {
        var snapshot = Self.good
        snapshot.orders[1].status = .pending
        snapshot.moves.removeLast()
        snapshot.work = [.init(service: .billing, id: "order:2:0", isStuck: true, error: "account_missing")]
        #expect(snapshot.broken(isAtRest: true, checking: [.nothingForgotten]) == [])
    }

    @Test func `the same key of another user is another key`() {
        var snapshot = Self.good
        snapshot.answers.append(.init(userID: "v", key: "k", status: 422, orderID: "o-2"))
        #expect(snapshot.broken(isAtRest: true, checking: [.oneAnswerAKey]) == [])
    }
}
