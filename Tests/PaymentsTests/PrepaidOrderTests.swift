import FiscalReceipts
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import Testing

/// What was paid at the restaurant is recorded on the order, and only the rest is requested, captured and refunded.
struct PrepaidOrderTests {
    /// A bill of 120 roubles.
    private static func bill(prepaid kopecks: Int64, _ id: String = "bill-1") -> Bill {
        var bill = PaymentFixture.bill(id, ("Soup", 9_000), ("Tea", 3_000))
        bill.amount = rub(max(0, 12_000 - kopecks))
        bill.prepaid = rub(kopecks)
        return bill
    }

    @Test func `the rest is captured, and cashback and receipt are based on it`() async throws {
        let fixture = try await PaymentFixture()
        let created = try await Preorders(fixture.services).create(Self.bill(prepaid: 5_000))
        let orderID = created.order.orderID
        #expect(created.order.amount == rub(7_000) && created.order.prepaid == rub(5_000))
        #expect(created.order.total == rub(12_000) && created.cashback?.amount == rub(2_100))
        try await fixture.begin(orderID)
        try await fixture.drain()
        let order = try await fixture.order(orderID)
        #expect(order.capturedAmount == rub(7_000) && order.cashbackDue == rub(2_100))
        #expect(fixture.partners.holdings.invoices.map(\.captured) == [rub(7_000)])
        let json = try await Receipts(fixture.services).fiscalReceipt(documentID: "\(order.edaOrderID ?? "")-1")
        let receipt = try ReceiptParser.receipt(from: json)
        #expect(receipt.total == 12_000)
        #expect(receipt.payments.contains(ReceiptPayment(form: .prepaid, sum: 5_000)))
        #expect(receipt.payments.contains(ReceiptPayment(form: .electronic, sum: 7_000)))
        #expect(try await Receipts(fixture.services).list(orderID: orderID, limit: 9).map(\.cost) == [rub(7_000)])
    }

    @Test func `another prepayment is another version of the bill`() async throws {
        let fixture = try await PaymentFixture()
        let preorders = Preorders(fixture.services)
        let first = try await preorders.create(Self.bill(prepaid: 0))
        let second = try await preorders.create(Self.bill(prepaid: 5_000))
        #expect(second.isNew && second.order.orderID == first.order.orderID && second.order.billVersion == 2)
        #expect(second.order.amount == rub(7_000) && second.order.prepaid == rub(5_000))
        #expect(try await !preorders.create(Self.bill(prepaid: 5_000)).isNew)
        await #expect(throws: OrderError.staleBill(orderID: first.order.orderID, seen: 1, current: 2)) {
            try await fixture.begin(first.order.orderID, billVersion: 1)
        }
        // The same rest of a larger bill is another bill as well.
        var larger = Self.bill(prepaid: 5_000)
        larger.prepaid = rub(6_000)
        #expect(try await preorders.create(larger).order.billVersion == 3)
    }

    @Test func `a refund by line stays within the captured amount`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await Preorders(fixture.services).create(Self.bill(prepaid: 5_000)).order.orderID
        try await fixture.begin(orderID)
        try await fixture.drain()
        await #expect(
            throws: OrderError.refundExceeds(orderID: orderID, requested: rub(9_000), available: rub(7_000))
        ) { try await fixture.refund(orderID, nil, lines: [.init(number: 1)]) }
        _ = try await fixture.refund(
            orderID, nil, lines: [.init(number: 1, amount: rub(5_000)), .init(number: 2, amount: rub(1_000))])
        await #expect(
            throws: OrderError.refundExceeds(orderID: orderID, requested: rub(2_000), available: rub(1_000))
        ) { try await fixture.refund(orderID, nil, lines: [.init(number: 2)]) }
        _ = try await fixture.refund(orderID, nil)
        try await fixture.drain()
        let order = try await fixture.order(orderID)
        #expect(order.status == .refunded && order.refunded == rub(7_000) && order.prepaid == rub(5_000))
    }

    @Test(arguments: [12_000, 15_000] as [Int64])
    func `nothing left to pay is a conflict, and no order is kept`(prepaid: Int64) async throws {
        let fixture = try await PaymentFixture()
        await #expect(
            throws: OrderError.alreadyPaid(
                clientID: PaymentFixture.clientID, internalOrderID: "bill-1", prepaid: rub(prepaid), orderID: nil)
        ) { try await Preorders(fixture.services).create(Self.bill(prepaid: prepaid)) }
        #expect(try await Orders(fixture.services).list(.init()).isEmpty)
    }

    @Test(arguments: [nil, Card.decline])
    func `an order that still asks for the money is closed, so that it cannot be paid again`(card: Card?) async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        if let card {
            try await fixture.begin(orderID, "anna", card)
            try await fixture.settle()
        }
        await #expect(
            throws: OrderError.alreadyPaid(
                clientID: PaymentFixture.clientID, internalOrderID: "bill-1", prepaid: rub(12_000), orderID: orderID)
        ) { try await Preorders(fixture.services).create(Self.bill(prepaid: 12_000)) }
        #expect(try await fixture.status(orderID) == .canceled)
        await #expect(throws: OrderError.self) { try await fixture.begin(orderID, "boris") }
        try await fixture.drain()
        #expect(fixture.partners.holdings.invoices.allSatisfy { $0.captured.isZero })
    }

    @Test func `an order that is being paid stays as it is`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID, "anna", .threeDS)
        try await fixture.settle()
        let status = try await fixture.status(orderID)
        await #expect(throws: OrderError.self) {
            try await Preorders(fixture.services).create(Self.bill(prepaid: 12_000))
        }
        #expect(try await fixture.status(orderID) == status)
        let paid = try await PaymentFixture()
        let paidID = try await paid.paidOrder()
        await #expect(
            throws: OrderError.alreadyPaid(
                clientID: PaymentFixture.clientID, internalOrderID: "bill-1", prepaid: rub(12_000), orderID: paidID)
        ) { try await Preorders(paid.services).create(Self.bill(prepaid: 12_000)) }
        #expect(try await paid.status(paidID) == .cleared)
    }

    @Test func `a negative line is paid, offset on the receipt, and not refunded`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await Preorders(fixture.services).create(
            PaymentFixture.bill("b", ("Burger", 50_000), ("Small", -15_000))
        ).order.orderID
        try await fixture.begin(orderID)
        try await fixture.drain()
        #expect(try await fixture.order(orderID).capturedAmount == rub(35_000))
        await #expect(
            throws: OrderError.badRefund(
                orderID: orderID, reason: "line 2 took -150.00 RUB off the bill; nothing of it can be refunded")
        ) { try await fixture.refund(orderID, nil, lines: [.init(number: 2)]) }
        await #expect(
            throws: OrderError.refundExceeds(orderID: orderID, requested: rub(50_000), available: rub(35_000))
        ) { try await fixture.refund(orderID, nil, lines: [.init(number: 1)]) }
        _ = try await fixture.refund(orderID, nil, lines: [.init(number: 1, amount: rub(35_000))])
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == .refunded)
    }
}
