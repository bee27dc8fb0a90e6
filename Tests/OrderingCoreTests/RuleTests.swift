import OrderingCore
import Testing
import WorldKit

@Suite struct RuleTests {
    static let now = Instant(microseconds: 1_700_000_000_000_000)
    static let ten = Money(minorUnits: 1000)!
    static let twenty = Money(minorUnits: 2000)!

    // MARK: Baskets

    struct BasketCase: Sendable, CustomTestStringConvertible {
        var name: String
        var basket: Basket?
        var user = "u-1"
        var sum = RuleTests.ten
        var decision: BasketRule.Decision?
        var error: BasketError?

        var testDescription: String { name }
    }

    static func basket(_ status: Basket.Status, attempt: Int, sum: Money?) -> Basket {
        Basket(id: "b", userID: "u-1", status: status, attempt: attempt, sum: sum)
    }

    static let baskets = [
        BasketCase(name: "unknown", basket: nil, error: .notFound),
        BasketCase(
            name: "another user's", basket: basket(.open, attempt: 0, sum: nil), user: "u-2", error: .notFound),
        BasketCase(
            name: "open", basket: basket(.open, attempt: 0, sum: nil),
            decision: .ordered(basket(.ordered, attempt: 1, sum: ten))),
        BasketCase(
            name: "open after a refusal", basket: basket(.open, attempt: 1, sum: twenty),
            decision: .ordered(basket(.ordered, attempt: 2, sum: ten))),
        BasketCase(
            name: "ordered with the same sum", basket: basket(.ordered, attempt: 2, sum: ten),
            decision: .same(orderID: "b-2")),
        BasketCase(
            name: "ordered with another sum", basket: basket(.ordered, attempt: 1, sum: twenty), error: .otherSum),
        BasketCase(
            name: "paid with the same sum", basket: basket(.paid, attempt: 1, sum: ten), decision: .same(orderID: "b-1")
        ),
        BasketCase(name: "paid with another sum", basket: basket(.paid, attempt: 1, sum: twenty), error: .otherSum),
    ]

    @Test(arguments: baskets) func `what an order makes of a basket`(_ row: BasketCase) {
        do {
            #expect(try BasketRule.order(row.basket, by: row.user, sum: row.sum) == row.decision)
        } catch {
            #expect(error == row.error)
        }
    }

    @Test func `an order that ended pays its basket or opens it again, and no other attempt`() {
        let ordered = Self.basket(.ordered, attempt: 2, sum: Self.ten)
        #expect(BasketRule.settle(ordered, orderID: "b-2", .succeeded).status == .paid)
        #expect(BasketRule.settle(ordered, orderID: "b-2", .failed(.notEnoughMoney)).status == .open)
        #expect(BasketRule.settle(ordered, orderID: "b-1", .succeeded) == ordered)
        let paid = Self.basket(.paid, attempt: 2, sum: Self.ten)
        #expect(BasketRule.settle(paid, orderID: "b-2", .failed(.notEnoughMoney)) == paid)
    }

    // MARK: Billing

    struct ChargeCase: Sendable, CustomTestStringConvertible {
        var balance: Int64
        var amount: Int64
        var after: Int64?

        var testDescription: String { "\(amount) of \(balance)" }
    }

    @Test(arguments: [
        ChargeCase(balance: 1000, amount: 1000, after: 0), ChargeCase(balance: 1001, amount: 1000, after: 1),
        ChargeCase(balance: 999, amount: 1000), ChargeCase(balance: 0, amount: 1),
    ]) func `a charge succeeds if and only if the balance covers it`(_ row: ChargeCase) throws {
        let charge = BillingRule.Charge(
            paymentID: "o:1", orderID: "o", userID: "u-1", amount: try #require(Money(minorUnits: row.amount)))
        let account = Account(userID: "u-1", balance: try #require(Money(minorUnits: row.balance)))
        let (payment, change) = BillingRule.charge(charge, to: account, entries: 4, at: Self.now)
        #expect(payment.isSucceeded == (row.after != nil))
        #expect(payment.refusal == (row.after == nil ? .notEnoughMoney : nil))
        #expect(change?.account.balance.minorUnits == row.after)
        #expect(change?.entry.amount == change.map { _ in -charge.amount })
        #expect(change?.entry.number == change.map { _ in 5 })
        #expect(change?.entry.reference == change.map { _ in "o:1" })
    }

    @Test func `a balance stays within its bounds`() {
        let full = Account(userID: "u-1", balance: .maximum)
        #expect(throws: BillingError.balanceTooLarge) {
            try BillingRule.apply(.deposit, .minorUnit, reference: "r", to: full, entries: 0, at: Self.now)
        }
        let empty = Account(userID: "u-1", balance: .zero)
        #expect(throws: BillingError.notEnoughMoney) {
            try BillingRule.apply(.withdrawal, -.minorUnit, reference: "r", to: empty, entries: 0, at: Self.now)
        }
    }

    @Test func `a payment waits for its account, ever longer, for ten minutes`() {
        let delays = (1...8).map { AccountWaitRule.delay(attempts: $0, since: Self.now, now: Self.now) }
        #expect(delays == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10])
        func delay(_ attempts: Int, after seconds: Double) -> Double? {
            AccountWaitRule.delay(attempts: attempts, since: Self.now, now: Self.now.advanced(bySeconds: seconds))
        }
        #expect(delay(.max, after: 1) == 10)
        #expect(delay(60, after: 595) == 5)
        #expect(delay(61, after: 600) == nil)
    }

    // MARK: Orders

    struct OrderCase: Sendable, CustomTestStringConvertible {
        var status: Order.Status
        var reason: FailureReason?
        var outcome: OrderOutcome
        var isChanged = false
        var error: OrderError?

        var testDescription: String { "\(status) \(outcome)" }
    }

    @Test(arguments: [
        OrderCase(status: .pending, outcome: .succeeded, isChanged: true),
        OrderCase(status: .pending, outcome: .failed(.noAccount), isChanged: true),
        OrderCase(status: .succeeded, outcome: .succeeded),
        OrderCase(status: .failed, reason: .notEnoughMoney, outcome: .failed(.notEnoughMoney)),
        OrderCase(status: .succeeded, outcome: .failed(.notEnoughMoney), error: .otherOutcome),
        OrderCase(status: .failed, reason: .notEnoughMoney, outcome: .succeeded, error: .otherOutcome),
        OrderCase(status: .failed, reason: .noAccount, outcome: .failed(.notEnoughMoney), error: .otherOutcome),
    ]) func `the status of an order moves once`(_ row: OrderCase) {
        let order = Order(
            id: "o", userID: "u-1", price: Self.ten, status: row.status, reason: row.reason, createdAt: Self.now)
        do {
            let settlement = try OrderRule.settle(order, row.outcome)
            #expect(row.error == nil)
            guard case .changed(let settled) = settlement else {
                #expect(!row.isChanged)
                return
            }
            #expect(row.isChanged)
            #expect(settled.status == row.outcome.status)
            #expect(settled.reason == row.outcome.reason)
        } catch {
            #expect(error == row.error)
        }
    }

    @Test func `a request is repeated if and only if its content is the same`() {
        #expect(RepetitionRule.compare(1, with: nil) == .new)
        #expect(RepetitionRule.compare(1, with: 1) == .same)
        #expect(RepetitionRule.compare(1, with: 2) == .other)
    }

    @Test func `a user is told the outcome and the price by name`() {
        let user = User(id: "u-1", email: "p@example.com", firstName: "Pavel", lastName: "Ivanov")
        #expect(
            OrderRule.announcement(to: user, orderID: "o", .succeeded, price: Self.ten)
                == "Pavel Ivanov, your order o for 10.00 is paid")
        #expect(
            OrderRule.announcement(
                to: User(id: "u-1", email: nil), orderID: "o", .failed(.notEnoughMoney), price: Self.ten)
                == "u-1, your order o for 10.00 failed: not enough money")
    }

    // MARK: Names and passwords

    struct Text: Sendable, CustomTestStringConvertible {
        var text: String
        var isAllowed: Bool

        var testDescription: String { text.isEmpty ? "nothing" : String(text.prefix(40)) }
    }

    @Test(arguments: [
        Text(text: "o-1", isAllowed: true), Text(text: "order:r-1:0", isAllowed: true),
        Text(text: String(repeating: "x", count: 200), isAllowed: true),
        Text(text: String(repeating: "x", count: 201), isAllowed: false), Text(text: "", isAllowed: false),
        Text(text: ".", isAllowed: false), Text(text: "..", isAllowed: false), Text(text: "a/b", isAllowed: false),
        Text(text: "a b", isAllowed: false), Text(text: "a\nb", isAllowed: false), Text(text: "ё", isAllowed: false),
        Text(text: "a%2e", isAllowed: false), Text(text: "a?b", isAllowed: false),
        Text(text: "a\u{0}", isAllowed: false),
    ]) func `an id is visible ASCII that means nothing in a path`(_ row: Text) {
        #expect(NameRule.isIdentifier(row.text) == row.isAllowed)
    }

    @Test(arguments: [
        Text(text: "correct horse", isAllowed: true), Text(text: "пароль-по-русски", isAllowed: true),
        Text(text: "short", isAllowed: false), Text(text: "ёёёё", isAllowed: false),
        Text(text: "aaaaaaaaaaaa", isAllowed: false), Text(text: "abababababab", isAllowed: false),
        Text(text: "Pavel.Ivanov@Example.com", isAllowed: false), Text(text: "pavel.ivanov", isAllowed: false),
        Text(text: String(repeating: "abcd", count: 65), isAllowed: false),
    ]) func `a weak password is refused`(_ row: Text) {
        #expect((PasswordRule.flaw(row.text, email: "pavel.ivanov@example.com") == nil) == row.isAllowed)
    }
}
