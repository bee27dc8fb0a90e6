import FiscalReceipts
import JSONKit
import Testing

struct AmountUnitTests {
    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var json: String
        var said: AmountUnit?
        /// In kopecks; nil if the unit is ambiguous.
        var total: Kopecks?

        init(_ name: String, _ json: String, said: AmountUnit? = nil, _ total: Kopecks?) {
            (testDescription, self.json, self.said, self.total) = (name, json, said, total)
        }
    }

    static let code = "t=20240501T1200&s=300.00&fn=9999078900005678&i=7&fp=99&n=1"
    static let open = #""totalSum":300.00,"cashTotalSum":0.00,"items":[\#(item("300.00"))]"#

    static func item(_ sum: String) -> String { #"{"name":"x","price":\#(sum),"quantity":1.000,"sum":\#(sum)}"# }

    static let cases = [
        Case("whole numbers", #"{"totalSum":30000,"items":[\#(item("30000"))]}"#, 300_00),
        Case("whole numbers, whatever is said", #"{"totalSum":300,"items":[]}"#, said: .roubles, 3_00),
        Case("a fraction of zero", "{\(open)}", nil),
        Case("a fraction of zero as text", #"{"totalSum":"300.00","items":[\#(item("\"300.00\""))]}"#, nil),
        Case("a fraction of one zero", #"{"totalSum":300.0,"items":[]}"#, nil),
        Case("noise of a double", #"{"totalSum":1998.9999999999998,"items":[]}"#, nil),
        Case("roubles, said", "{\(open)}", said: .roubles, 300_00),
        Case("kopecks, said", "{\(open)}", said: .kopecks, 3_00),
        Case("nothing but zero", #"{"totalSum":0.00,"items":[]}"#, 0),
        Case("zeros without a fraction say nothing", #"{"totalSum":300.00,"cashTotalSum":0,"items":[]}"#, nil),
        Case("whole numbers beside it", #"{"totalSum":300,"items":[\#(item("300.00"))]}"#, nil),
        Case("whole numbers beside it, kopecks or not", #"{"totalSum":30000.0,"ecashTotalSum":30000,"items":[]}"#, nil),
        Case(
            "whole numbers beside it, said", #"{"totalSum":300,"ecashTotalSum":300.0,"items":[]}"#, said: .roubles,
            300_00),
        Case("a large number with an exponent", #"{"totalSum":3.0e4,"items":[]}"#, 300_00),
        Case("a fraction of the total", #"{"totalSum":300.50,"items":[]}"#, 300_50),
        Case("a fraction of one digit", #"{"totalSum":300.5,"items":[]}"#, 300_50),
        Case("a fraction as text", #"{"totalSum":" 0300.50 ","items":[]}"#, 300_50),
        Case(
            "a fraction of one price", #"{"totalSum":300.00,"items":[\#(item("150.25")),\#(item("149.75"))]}"#, 300_00),
        Case(
            "a fraction beside whole numbers", #"{"totalSum":301,"items":[\#(item("150.5")),\#(item("150.5"))]}"#,
            301_00),
        Case("a fraction of a tax", #"{"totalSum":300.00,"nds10110":27.27,"items":[]}"#, 300_00),
        Case(
            "a fraction of a tax by its code",
            #"{"totalSum":300.00,"amountsReceiptNds":{"amountsNds":[{"nds":4,"ndsSum":27.27}]},"items":[]}"#, 300_00),
        Case("a fraction of a discount", #"{"totalSum":300.00,"modifiers":[{"discountSum":0.75}],"items":[]}"#, 300_00),
        Case("a fraction in MongoDB's JSON", #"{"totalSum":{"$numberDouble":"300.50"},"items":[]}"#, 300_50),
        Case(
            "a fraction of a quantity",
            #"{"totalSum":300,"items":[{"name":"x","quantity":1.5,"price":200,"sum":300}]}"#, 3_00),
        Case("roubles by the code", #"{"qr":"\#(code)","a":{\#(open)}}"#, 300_00),
        Case("roubles by the code within", #"{\#(open),"qr":"\#(code)"}"#, 300_00),
        Case("roubles by a code in an address", #"{\#(open),"link":"https://example.org/?\#(code)"}"#, 300_00),
        Case("roubles by the code, without a fraction", #"{"qr":"\#(code)","a":{"totalSum":300,"items":[]}}"#, 300_00),
        Case("kopecks by the code", #"{"qr":"\#(code)","a":{"totalSum":30000.00,"items":[]}}"#, 300_00),
        Case("the code goes before what is said", #"{"qr":"\#(code)","a":{\#(open)}}"#, said: .kopecks, 300_00),
        Case("a code without its numbers", #"{"qr":"t=20240501T1200&s=300.00","a":{\#(open)}}"#, 300_00),
        Case("a fraction of another value", #"{\#(open),"properties":{"sum":1.5}}"#, nil),
        Case("another receipt's code", #"{"qr":"\#(code)","a":{\#(open),"fiscalSign":98}}"#, nil),
        Case("the code of another total", #"{"qr":"\#(code)","a":{"totalSum":301.00,"items":[]}}"#, nil),
        Case("roubles by the query", #"{"query":{"sum":30000},"ticket":{"document":{\#(open)}}}"#, 300_00),
        Case("kopecks by the query", #"{"query":{"sum":30000},"ticket":{"totalSum":30000.00,"items":[]}}"#, 300_00),
        Case("roubles by the operation", #"{"operation":{"sum":30000},"ticket":{\#(open)}}"#, 300_00),
        Case("a query in roubles", #"{"query":{"sum":300.00},"ticket":{\#(open)}}"#, nil),
        Case("noise below a kopeck", #"{"totalSum":0.30000000000000004,"items":[]}"#, 30),
        Case("noise above a kopeck", #"{"totalSum":300.49999999999994,"items":[]}"#, 300_50),
    ]

    @Test(arguments: cases)
    func `a receipt's amounts have one unit`(_ check: Case) throws {
        let json = Array(check.json.utf8)
        if let total = check.total {
            let receipt = try ReceiptParser.receipt(from: json, unit: check.said)
            #expect(receipt.total == total && receipt.defects == [], "\(receipt.defects)")
        } else {
            let error = #expect(throws: ReceiptError.self) {
                try ReceiptParser.receipt(from: json, unit: check.said)
            }
            #expect(error?.code == "ambiguous_unit")
        }
    }

    @Test func `one amount determines the unit of all`() throws {
        let receipt = try ReceiptParser.receipt(
            from: Array(
                #"""
                {"totalSum":281,"cashTotalSum":"100","ecashTotalSum":181.00,"nds18":46.83,"modifiers":[{"markupSum":1}],
                 "items":[{"name":"x","price":150,"quantity":2,"sum":280,"nds":1,"ndsSum":46.67,
                  "modifiers":[{"discountSum":"20"}]}]}
                """#.utf8))
        #expect(receipt.payments.map(\.sum) == [100_00, 181_00])
        #expect(receipt.vatTotals.map(\.sum) == [46_83] && receipt.modifiers.map(\.change) == [1_00])
        let item = try #require(receipt.items.first)
        #expect([item.price, item.sum, item.vatSum] == [150_00, 280_00, 46_67])
        #expect(item.modifiers.map(\.change) == [-20_00])
        #expect(ReceiptCheck.findings(of: receipt) == [])
    }

    @Test func `an ambiguous unit is a finding`() {
        let finding = ReceiptFinding(.ambiguousUnit("totalSum", "300.00"))
        #expect(finding.class == .ambiguousUnit && finding.severity == .error)
        #expect(finding.explanation == "totalSum: 300.00 is ambiguous: it may be roubles or kopecks")
    }
}
