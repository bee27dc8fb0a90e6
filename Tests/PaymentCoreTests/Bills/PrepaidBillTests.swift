import JSONKit
import PaymentCore
import Testing

/// What iikoCloud reports as prepaid is subtracted from what the guest is asked for.
struct PrepaidBillTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// The member of the order; nil for none.
        var processed: String?
        var payments: String?
        var prepaid: Int64
        var warnings: [BillWarning.Kind] = []
        var testDescription: String { name }
    }

    /// A payment; each flag is JSON.
    static func payment(
        _ sum: String, isPreliminary: String = "false", isProcessedExternally: String = "true"
    ) -> String {
        """
        {"paymentType": {"id": "v", "name": "Visa", "kind": "Card"}, "sum": \(sum), "isPreliminary": \(isPreliminary),
         "isExternal": true, "isProcessedExternally": \(isProcessedExternally), "isFiscalizedExternally": false,
         "isPrepay": true}
        """
    }

    static let planned = payment("40", isPreliminary: "true", isProcessedExternally: "false")

    static let cases: [Case] = [
        Case(name: "nothing said", prepaid: 0),
        Case(name: "nothing paid", processed: "0", payments: "[]", prepaid: 0),
        Case(name: "nulls", processed: "null", payments: "null", prepaid: 0),
        Case(name: "a part, without payments", processed: "40", payments: "null", prepaid: 4_000),
        Case(name: "a part, payments not sent", processed: "40", prepaid: 4_000),
        Case(name: "a part, as text", processed: "\"40.00\"", prepaid: 4_000),
        Case(name: "a part with noise", processed: "30.000000000000004", prepaid: 3_000),
        Case(name: "a part, both", processed: "40", payments: "[\(payment("40"))]", prepaid: 4_000),
        Case(
            name: "two payments", processed: "40", payments: "[\(payment("15.5")), \(payment("24.5"))]",
            prepaid: 4_000),
        Case(name: "payments alone", payments: "[\(payment("40"))]", prepaid: 4_000),
        Case(
            name: "cash at the till", payments: "[\(payment("40", isProcessedExternally: "false"))]", prepaid: 4_000),
        Case(name: "flags not sent", payments: "[{\"sum\": 40}]", prepaid: 4_000),
        Case(
            name: "flags that are null",
            payments: "[\(payment("40", isPreliminary: "null", isProcessedExternally: "null"))]", prepaid: 4_000),
        Case(
            name: "payments say more", processed: "0", payments: "[\(payment("40"))]", prepaid: 4_000,
            warnings: [.prepaymentsDiffer(payments: rub(4_000), processed: rub(0))]),
        Case(
            name: "payments say less", processed: "60", payments: "[\(payment("40"))]", prepaid: 6_000,
            warnings: [.prepaymentsDiffer(payments: rub(4_000), processed: rub(6_000))]),
        Case(
            name: "no payments to a sum", processed: "60", payments: "[]", prepaid: 6_000,
            warnings: [.prepaymentsDiffer(payments: rub(0), processed: rub(6_000))]),
        Case(
            name: "preliminary", processed: "0", payments: "[\(planned)]", prepaid: 0,
            warnings: [.preliminaryPayments(rub(4_000))]),
        Case(
            name: "preliminary, no sum", payments: "[\(planned)]", prepaid: 0,
            warnings: [.preliminaryPayments(rub(4_000))]),
        Case(
            name: "preliminary and paid", processed: "10", payments: "[\(planned), \(payment("10"))]", prepaid: 1_000,
            warnings: [.preliminaryPayments(rub(4_000))]),
        Case(
            name: "called both, the sum says not", processed: "0",
            payments: "[\(payment("40", isPreliminary: "true"))]",
            prepaid: 0, warnings: [.preliminaryPayments(rub(4_000))]),
        Case(name: "called both, no sum", payments: "[\(payment("40", isPreliminary: "true"))]", prepaid: 4_000),
        Case(name: "all of it", processed: "100", payments: "[\(payment("100"))]", prepaid: 10_000),
        Case(name: "all of it without payments", processed: "100", payments: "null", prepaid: 10_000),
        Case(name: "more than all", processed: "120", payments: "null", prepaid: 12_000),
    ]

    @Test(arguments: cases) func `only the rest is requested`(_ prepayment: Case) throws {
        let more =
            (prepayment.processed.map { ", \"processedPaymentsSum\": \($0)" } ?? "")
            + (prepayment.payments.map { ", \"payments\": \($0)" } ?? "")
        let text = IikoCloudFormTests.order(IikoCloudFormTests.soup, more: more)
        let (bill, warnings, _) = try readBill(text)
        #expect(bill.prepaid == rub(prepayment.prepaid))
        #expect(bill.amount == rub(max(0, 10_000 - prepayment.prepaid)))
        #expect(bill.lines.map(\.amount) == [rub(10_000)], "the lines are of the whole bill")
        #expect(warnings.map(\.kind).filter { $0 != Self.overpaid(bill) } == prepayment.warnings)
        let isRefused = !prepayment.warnings.isEmpty && !bill.amount.isZero
        #expect((refusal(text, isStrict: true)?.reason == .warnings(warnings)) == isRefused)
    }

    /// Payments beyond the bill, which its lines do not add up to.
    private static func overpaid(_ bill: Bill) -> BillWarning.Kind {
        .linesDoNotAddUp(total: rub(bill.amount.minorUnits + bill.prepaid.minorUnits), lines: rub(10_000))
    }

    @Test(
        arguments: [
            ("a sum below zero", ", \"processedPaymentsSum\": -1", "order.processedPaymentsSum", .negative),
            ("a payment below zero", ", \"payments\": [{\"sum\": -1}]", "order.payments[0].sum", .negative),
            (
                "a payment without a sum", ", \"payments\": [{\"isPreliminary\": false}]", "order.payments[0].sum",
                .missing
            ),
            (
                "a flag that is text", ", \"payments\": [{\"sum\": 1, \"isPreliminary\": \"no\"}]",
                "order.payments[0].isPreliminary", .wrongType(expected: .boolean)
            ),
            (
                "a sum that is an object", ", \"processedPaymentsSum\": {}", "order.processedPaymentsSum",
                .wrongType(expected: .decimal)
            ),
        ] as [(String, String, String, BillError.Reason)])
    func `an unreadable value is refused`(name: String, more: String, place: String, reason: BillError.Reason) {
        let text = IikoCloudFormTests.order(IikoCloudFormTests.soup, more: more)
        #expect(refusal(text) == BillError(.field(place), reason))
    }

    @Test func `the total and the lines are those of the whole bill`() throws {
        let text = IikoCloudFormTests.order(IikoCloudFormTests.soup, sum: "90", more: ", \"processedPaymentsSum\": 40")
        let (bill, warnings, _) = try readBill(text)
        #expect(bill.amount == rub(5_000) && bill.prepaid == rub(4_000))
        #expect(warnings.map(\.kind) == [.linesDoNotAddUp(total: rub(9_000), lines: rub(10_000))])
    }

    @Test func `the seed form may say it too`() throws {
        let text = SeedFormTests.text.replacing(
            "\"amount\": \"120.50\"", with: "\"amount\": 20.5, \"prepaid\": \"100\"")
        let bill = try readBill(text, isStrict: true).bill
        #expect(bill.amount == rub(2_050) && bill.prepaid == rub(10_000))
        let paid = SeedFormTests.text.replacing(
            "\"amount\": \"120.50\"", with: "\"amount\": 0, \"prepaid\": \"120.50\"")
        #expect(try readBill(paid, isStrict: true).bill.amount.isZero)
        let below = SeedFormTests.text.replacing("\"amount\": \"120.50\"", with: "\"amount\": 120.5, \"prepaid\": -1")
        #expect(refusal(below) == BillError(.field("bill.prepaid"), .negative))
    }
}
