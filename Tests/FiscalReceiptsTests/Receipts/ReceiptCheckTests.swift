import FiscalReceipts
import Testing

struct ReceiptCheckTests {
    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var items: String
        /// The members after `items`.
        var rest: String
        /// `class severity expected actual` of each finding.
        var findings: [String]

        init(_ name: String, items: String, _ rest: String, _ findings: String...) {
            (testDescription, self.items, self.rest, self.findings) = (name, items, rest, findings)
        }
    }

    static let sums = [
        Case("all is well", items: item(120_00, "1", 120_00), #""totalSum":12000,"cashTotalSum":12000"#),
        Case("nothing sold", items: "", #""totalSum":0"#),
        Case("a line for nothing", items: item(0, "1", 0), #""totalSum":0,"cashTotalSum":0"#),
        Case(
            "total above items", items: item(100_00, "1", 100_00), #""totalSum":10001"#,
            "total_mismatch error 100.00 100.01"),
        Case(
            "99 kopecks in the buyer's favour", items: item(100_99, "1", 100_99), #""totalSum":10000"#,
            "total_mismatch warning 100.99 100.00"),
        Case(
            "a whole rouble is not rounding", items: item(101_00, "1", 101_00), #""totalSum":10000"#,
            "total_mismatch error 101.00 100.00"),
        Case(
            "storno counts against items", items: item(100_00, "1", 100_00),
            #""stornoItems":[\#(item(30_00, "1", 30_00))],"totalSum":7000"#),
        Case(
            "storno may be negative", items: item(100_00, "1", 100_00),
            #""stornoItems":[\#(item(30_00, "-1", -30_00))],"totalSum":7000"#),
        Case(
            "storno with a negative sum alone", items: item(100_00, "1", 100_00),
            #""stornoItems":[\#(item(30_00, "1", -30_00))],"totalSum":7000"#),
        Case(
            "storno with a negative price", items: item(100_00, "1", 100_00),
            #""stornoItems":[\#(item(-30_00, "1", -30_00))],"totalSum":7000"#),
        Case(
            "storno left out of the total", items: item(100_00, "1", 100_00),
            #""stornoItems":[\#(item(30_00, "1", 30_00))],"totalSum":10000"#, "total_mismatch error 70.00 100.00"),
        Case(
            "a discount on the receipt", items: item(100_00, "1", 100_00),
            #""modifiers":[{"discountSum":1000}],"totalSum":9000"#),
        Case(
            "a discount and rounding", items: item(100_00, "1", 100_00),
            #""modifiers":[{"discountSum":1000}],"totalSum":8970"#, "total_mismatch warning 90.00 89.70"),
        Case(
            "a discount and more than rounding", items: item(100_00, "1", 100_00),
            #""modifiers":[{"discountSum":1000}],"totalSum":8900"#, "total_mismatch error 90.00 89.00"),
        Case(
            "rounding of items that have the discount already", items: item(100_00, "1", 100_00),
            #""modifiers":[{"discountSum":1000}],"totalSum":9970"#, "total_mismatch warning 100.00 99.70"),
        Case("half up", items: item(1, "0.5", 1), #""totalSum":1"#),
        Case("half down", items: item(100_05, "0.1", 10_00), #""totalSum":1000"#, "item_sum warning 10.01 10.00"),
        Case(
            "two kopecks off", items: item(100_00, "0.333", 33_28), #""totalSum":3328"#, "item_sum error 33.30 33.28"),
        Case(
            "with the item's discount", items: item(100_00, "2", 190_00, #""modifiers":[{"discountSum":1000}]"#),
            #""totalSum":19000"#),
        Case(
            "without the item's discount", items: item(100_00, "2", 200_00, #""modifiers":[{"discountSum":1000}]"#),
            #""totalSum":20000"#),
        Case(
            "with neither", items: item(100_00, "2", 180_00, #""modifiers":[{"discountSum":1000}]"#),
            #""totalSum":18000"#, "item_sum error 190.00 180.00"),
        Case(
            "payments above total", items: item(1, "1", 1), #""totalSum":1,"cashTotalSum":1,"ecashTotalSum":1"#,
            "payments_mismatch error 0.01 0.02"),
        Case(
            "all forms of payment", items: item(15, "1", 15),
            #""totalSum":15,"cashTotalSum":1,"ecashTotalSum":2,"prepaidSum":3,"creditSum":4,"provisionSum":5"#),
        Case("no form of payment given", items: item(1, "1", 1), #""totalSum":1"#),
        Case(
            "numbers near the limit", items: item(.max, "9223372036854775807", .max) + "," + item(.max, "1", .max),
            #""totalSum":9223372036854775807"#,
            "item_sum error 850705917302346158473969077842325012.49 92233720368547758.07",
            "total_mismatch error 184467440737095516.14 92233720368547758.07"),
    ]

    static let taxes = [
        Case("VAT on the sum", items: taxed(1, 10) + "," + taxed(1, 10), #""totalSum":20,"nds18":3"#),
        Case("VAT by item", items: taxed(1, 10) + "," + taxed(1, 10), #""totalSum":20,"nds18":4"#),
        Case("VAT as the items say", items: taxed(1, 100_00, 15_00), #""totalSum":10000,"nds18":1500"#),
        Case("18% before 2019", items: taxed(1, 118_00), #""dateTime":"2018-12-31","totalSum":11800,"nds18":1800"#),
        Case("20% from 2019", items: taxed(1, 120_00), #""dateTime":"2019-01-01","totalSum":12000,"nds18":2000"#),
        Case("20% under its new name", items: taxed(1, 120_00), #""totalSum":12000,"nds20":2000"#),
        Case(
            "18% from 2019", items: taxed(1, 118_00), #""dateTime":"2019-01-01","totalSum":11800,"nds18":1800"#,
            "vat_mismatch error 19.67 18.00"),
        Case(
            "one kopeck an item", items: taxed(2, 110_00) + "," + taxed(2, 110_00), #""totalSum":22000,"nds10":2002"#,
            "vat_mismatch warning 20.00 20.02"),
        Case(
            "more than one kopeck an item", items: taxed(2, 110_00) + "," + taxed(2, 110_00),
            #""totalSum":22000,"nds10":2003"#, "vat_mismatch error 20.00 20.03"),
        Case(
            "each rate on its own", items: taxed(1, 120_00) + "," + taxed(2, 110_00) + "," + taxed(6, 50_00),
            #""totalSum":28000,"nds18":2000,"nds10":1100,"ndsNo":5000"#, "vat_mismatch error 10.00 11.00"),
        Case(
            "the rates of later years",
            items: [(7, 105_00), (8, 107_00), (9, 105_00), (10, 107_00), (11, 122_00), (12, 122_00)]
                .map { taxed($0.0, $0.1) }.joined(separator: ","),
            #""totalSum":66800,"amountsReceiptNds":{"amountsNds":[{"nds":7,"ndsSum":500},{"nds":8,"ndsSum":700},"#
                + #"{"nds":9,"ndsSum":500},{"nds":10,"ndsSum":700},{"nds":11,"ndsSum":2200},"#
                + #"{"nds":12,"ndsSum":2201}]}"#,
            "vat_mismatch warning 22.00 22.01"),
        Case("no rates, one total", items: item(120_00, "1", 120_00), #""totalSum":12000,"nds18":2000,"nds10":0"#),
        Case(
            "no rates, one total that fits none", items: item(120_00, "1", 120_00), #""totalSum":12000,"nds18":1900"#,
            "vat_mismatch error 20.00 19.00"),
        Case("no rates, two totals", items: item(120_00, "1", 120_00), #""totalSum":12000,"nds18":1,"nds10":1"#),
        Case(
            "VAT of the rounded total", items: taxed(1, 6_60), #""totalSum":600,"nds18":100"#,
            "total_mismatch warning 6.60 6.00"),
        Case(
            "several rates of the rounded total", items: taxed(1, 53_38) + "," + taxed(6, 50_00),
            #""totalSum":10300,"nds18":884,"ndsNo":4990"#, "total_mismatch warning 103.38 103.00"),
        Case(
            "more than the rounding", items: taxed(1, 53_38) + "," + taxed(6, 50_00),
            #""totalSum":10300,"nds18":890,"ndsNo":4961"#, "total_mismatch warning 103.38 103.00",
            "vat_mismatch warning 49.62 49.61"),
        Case(
            "VAT of a discounted total", items: taxed(1, 120_00),
            #""modifiers":[{"discountSum":6000}],"totalSum":6000,"nds18":1000"#),
        Case(
            "VAT of a discounted and rounded total", items: taxed(1, 100_00),
            #""modifiers":[{"discountSum":1000}],"totalSum":8970,"nds18":1495"#, "total_mismatch warning 90.00 89.70"),
        Case(
            "VAT of a discounted total before it was rounded", items: taxed(1, 100_00),
            #""modifiers":[{"discountSum":1000}],"totalSum":8970,"nds18":1500"#, "total_mismatch warning 90.00 89.70"),
        Case(
            "a discount shared by two rates", items: taxed(1, 100_00) + "," + taxed(2, 100_00),
            #""modifiers":[{"discountSum":2000}],"totalSum":18000,"nds18":1500,"nds10":818"#),
        Case(
            "a discount of one rate of two", items: taxed(1, 100_00) + "," + taxed(2, 100_00),
            #""modifiers":[{"discountSum":2000}],"totalSum":18000,"nds18":1333,"nds10":909"#),
        Case(
            "a discount taken by both rates", items: taxed(1, 100_00) + "," + taxed(2, 100_00),
            #""modifiers":[{"discountSum":10000}],"totalSum":10000,"nds18":0,"nds10":0"#,
            "vat_mismatch error 16.64 0.00", "vat_mismatch error 9.08 0.00"),
        Case(
            "a discount that leaves less than nothing", items: taxed(1, 100_00) + "," + taxed(2, 100_00),
            #""modifiers":[{"discountSum":19000}],"totalSum":1000,"nds18":-1400"#, "vat_mismatch error 0.00 -14.00"),
        Case(
            "a discount and a markup of two rates", items: taxed(1, 120_00) + "," + taxed(2, 110_00),
            #""modifiers":[{"discountSum":6000},{"markupSum":1100}],"totalSum":18100,"nds18":1000,"nds10":1100"#),
        Case(
            "VAT of a total that nothing explains", items: taxed(1, 120_00), #""totalSum":6000,"nds18":1000"#,
            "total_mismatch error 120.00 60.00", "vat_mismatch error 20.00 10.00"),
        Case(
            "amounts without their inner name", items: taxed(7, 105_00),
            #""totalSum":10500,"amountsReceiptNds":[{"nds":7,"ndsSum":900}]"#, "vat_mismatch error 5.00 9.00"),
        Case(
            "storno counts against its rate", items: taxed(2, 110_00),
            #""stornoItems":[\#(taxed(2, 55_00))],"totalSum":5500,"nds10":500"#),
        Case("without VAT: the turnover", items: taxed(6, 50_00, 0), #""totalSum":5000,"ndsNo":5000"#),
        Case("0%: no tax", items: taxed(5, 50_00), #""totalSum":5000,"nds0":0"#),
        Case(
            "without VAT: another turnover", items: taxed(6, 50_00), #""totalSum":5000,"ndsNo":4000"#,
            "vat_mismatch error 50.00 40.00"),
        Case(
            "a calculated rate by the name it had", items: taxed(3, 120_00),
            #""dateTime":"2024-05-01","totalSum":12000,"nds18118":9999"#, "vat_mismatch error 20.00 99.99"),
        Case(
            "a calculated rate that fits", items: taxed(3, 120_00), #""totalSum":12000,"nds18118":2000,"nds10110":0"#),
        Case(
            "a calculated rate of 18%", items: taxed(3, 118_00),
            #""dateTime":"2018-01-01","totalSum":11800,"nds18118":1800"#
        ),
        Case("20/120", items: taxed(3, 120_00), #""totalSum":12000,"nds20120":2100"#, "vat_mismatch error 20.00 21.00"),
        Case("10/110", items: taxed(4, 110_00), #""totalSum":11000,"nds10110":1100"#, "vat_mismatch error 10.00 11.00"),
        Case("5/105", items: taxed(9, 105_00), #""totalSum":10500,"nds5105":525"#, "vat_mismatch error 5.00 5.25"),
        Case("7/107", items: taxed(10, 107_00), #""totalSum":10700,"nds7107":749"#, "vat_mismatch error 7.00 7.49"),
        Case(
            "22/122", items: taxed(12, 122_00), #""totalSum":12200,"nds22122":2684"#, "vat_mismatch error 22.00 26.84"),
        Case("5%", items: taxed(7, 105_00), #""totalSum":10500,"nds5":525"#, "vat_mismatch error 5.00 5.25"),
        Case("7%", items: taxed(8, 107_00), #""totalSum":10700,"nds7":749"#, "vat_mismatch error 7.00 7.49"),
        Case("22%", items: taxed(11, 122_00), #""totalSum":12200,"nds22":2684"#, "vat_mismatch error 22.00 26.84"),
        Case(
            "22% under an old name", items: taxed(1, 122_00) + "," + taxed(3, 122_00),
            #""dateTime":"2026-01-01","totalSum":24400,"nds18":2200,"nds18118":2200"#),
        Case(
            "items of 22%, a total's old name", items: taxed(11, 122_00) + "," + taxed(12, 122_00),
            #""dateTime":"2026-01-01","totalSum":24400,"nds18":2200,"nds18118":2200"#),
        Case(
            "items of 22%, a total's old name beside a new one of nothing", items: taxed(11, 122_00),
            #""dateTime":"2026-01-01","totalSum":12200,"nds20":2200,"nds22":0"#),
        Case(
            "items of the old code, a total's new name", items: taxed(1, 122_00) + "," + taxed(3, 122_00),
            #""dateTime":"2026-01-01","totalSum":24400,"nds22":2200,"nds22122":2200"#),
        Case(
            "a wrong tax of 22% under an old name", items: taxed(11, 122_00),
            #""dateTime":"2026-01-01","totalSum":12200,"nds18":9999"#, "vat_mismatch error 22.00 99.99"),
        Case(
            "20% in 2026", items: taxed(1, 120_00), #""dateTime":"2026-01-01","totalSum":12000,"nds18":2000"#),
        Case(
            "22% before its time", items: taxed(1, 122_00), #""dateTime":"2025-12-31","totalSum":12200,"nds18":2200"#,
            "vat_mismatch error 20.33 22.00"),
        Case(
            "neither 20% nor 22%", items: taxed(1, 120_00), #""dateTime":"2026-01-01","totalSum":12000,"nds18":1200"#,
            "vat_mismatch error 20.00 12.00"),
        Case("VAT of no items", items: "", #""totalSum":12000,"nds18":2000"#, "total_mismatch error 0.00 120.00"),
        Case("VAT not declared", items: taxed(1, 120_00), #""totalSum":12000"#),
    ]

    @Test(arguments: sums + taxes)
    func `mismatches are found`(_ check: Case) throws {
        let json = #"{"items":[\#(check.items)],\#(check.rest)}"#
        let receipt = try ReceiptParser.receipt(from: Array(json.utf8))
        let findings = ReceiptCheck.findings(of: receipt)
        #expect(
            findings.map { "\($0.class.rawValue) \($0.severity) \($0.expected) \($0.actual)" } == check.findings,
            "\(findings.map(\.explanation))")
    }

    @Test(arguments: [
        (
            item(120_00, "2", 240_00) + "," + item(80_00, "1", 80_00), #""totalSum":30000"#,
            "2 × 120.00 + 80.00 = 320.00, the receipt says 300.00"
        ),
        (
            item(47_14, "14.85", 700_00), #""totalSum":70000"#,
            "items[0]: 14.85 × 47.14 = 700.03, the receipt says 700.00"
        ),
        (
            item(100_00, "2", 150_00, #""modifiers":[{"discountSum":1000}]"#), #""totalSum":15000"#,
            "items[0]: 2 × 100.00 - 10.00 = 190.00, the receipt says 150.00"
        ),
        (
            item(100_00, "1", 100_00), #""totalSum":10000,"cashTotalSum":5000,"ecashTotalSum":4000,"creditSum":0"#,
            "cash 50.00 + electronic 40.00 = 90.00 paid, the receipt says 100.00"
        ),
        (
            item(100_00, "1", 100_00),
            #""stornoItems":[\#(item(5_00, "1", 5_00))],"modifiers":[{"discountSum":1000},{"markupSum":100}],"#
                + #""totalSum":8000"#,
            "100.00 - 5.00 - 10.00 + 1.00 = 86.00, the receipt says 80.00"
        ),
        (
            taxed(1, 120_00) + "," + taxed(1, 0_10), #""totalSum":12010,"nds18":3000"#,
            "VAT 20% of 120.10: on the sum 20.02, by item 20.02, the receipt says 30.00"
        ),
        (
            Array(repeating: item(1_00, "1", 1_00), count: 10).joined(separator: ","), #""totalSum":1"#,
            "1.00 + 1.00 + 1.00 + 1.00 + 1.00 + 1.00 + 1.00 + 1.00 + … (10 terms) = 10.00, the receipt says 0.01"
        ),
    ])
    func `an explanation shows the calculation`(items: String, rest: String, explanation: String) throws {
        let receipt = try ReceiptParser.receipt(from: Array(#"{"items":[\#(items)],\#(rest)}"#.utf8))
        #expect(ReceiptCheck.findings(of: receipt).map(\.explanation) == [explanation])
    }

    @Test func `missing items are only reported as missing`() throws {
        let receipt = try ReceiptParser.receipt(from: Array(#"{"totalSum":12000,"nds18":2000,"nds18118":5}"#.utf8))
        #expect(ReceiptCheck.findings(of: receipt).map(\.explanation) == ["items is missing"])
    }

    @Test func `the worst finding is the verdict`() {
        func finding(_ severity: ReceiptFinding.Severity) -> ReceiptFinding {
            ReceiptFinding(class: .itemSum, severity: severity, expected: "", actual: "", explanation: "")
        }
        #expect(ReceiptVerdict([]) == .ok)
        #expect(ReceiptVerdict([finding(.warning)]) == .warning)
        #expect(ReceiptVerdict([finding(.warning), finding(.error), finding(.warning)]) == .error)
    }

    private static func item(_ price: Kopecks, _ quantity: String, _ sum: Kopecks, _ more: String = "") -> String {
        #"{"name":"x","price":\#(price),"quantity":\#(quantity),"sum":\#(sum)\#(more.isEmpty ? "" : "," + more)}"#
    }

    private static func taxed(_ code: Int, _ sum: Kopecks, _ tax: Kopecks? = nil) -> String {
        item(sum, "1", sum, #""nds":\#(code)"# + (tax.map { #","ndsSum":\#($0)"# } ?? ""))
    }
}
