import FiscalReceipts
import JSONKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Testing
import WorldKit

/// A receipt offsets what was paid before, and negative lines are not items of it.
struct PrepaidReceiptTests {
    private static func rub(_ kopecks: Int64) -> Money { Money(minorUnits: kopecks, currency: .rub) }

    private static func receipt(_ paid: Int64, prepaid: Int64, _ lines: (String, Int64)...) throws -> Receipt {
        var model = EdaModel(receiptDelaySeconds: 0)
        let now = Instant(microseconds: 1_767_225_600_000_000)
        let lines = lines.map { BillLine(name: $0.0, amount: rub($0.1)) }
        try model.createOrder(
            EdaOrder(edaOrderID: "e", orderID: "o", clientID: "c", uid: "u", amount: rub(paid), lines: lines))
        try model.pushItems(
            ReceiptDocument(
                documentID: "e-1", edaOrderID: "e", kind: .payment, sellerName: "Кафе", amount: rub(paid),
                prepaid: rub(prepaid), lines: lines), now: now)
        let receipt = try #require(model.receipt(documentID: "e-1", now: now))
        return try ReceiptParser.receipt(from: try JSON.encode(receipt))
    }

    @Test(
        arguments: [
            ("nothing before", 75_000, 0), ("a part before", 50_000, 25_000), ("nearly all", 1, 74_999),
        ] as [(String, Int64, Int64)])
    func `the payment forms add up to the whole bill`(name: String, paid: Int64, prepaid: Int64) throws {
        let receipt = try Self.receipt(paid, prepaid: prepaid, ("Чикен филе", 50_000), ("Чай", 25_000))
        #expect(receipt.total == 75_000 && receipt.items.compactMap(\.sum) == [50_000, 25_000])
        let forms = receipt.payments.filter { $0.sum != 0 }
        let expected = [ReceiptPayment(form: .electronic, sum: paid), ReceiptPayment(form: .prepaid, sum: prepaid)]
        #expect(Set(forms) == Set(expected.filter { $0.sum != 0 }))
        #expect(ReceiptCheck.findings(of: receipt).isEmpty)
    }

    @Test func `a line below zero is spread over the items`() throws {
        let receipt = try Self.receipt(35_000, prepaid: 0, ("Бургер", 40_000), ("Чай", 10_000), ("Скидка", -15_000))
        #expect(receipt.items.compactMap(\.name) == ["Бургер", "Чай"])
        #expect(receipt.items.compactMap(\.sum) == [28_000, 7_000])
        #expect(ReceiptCheck.findings(of: receipt).isEmpty)
    }

    @Test func `both together`() throws {
        let receipt = try Self.receipt(20_000, prepaid: 15_000, ("Бургер", 50_000), ("Скидка", -15_000))
        #expect(receipt.total == 35_000 && receipt.items.compactMap(\.sum) == [35_000])
        #expect(ReceiptCheck.findings(of: receipt).isEmpty)
    }
}
