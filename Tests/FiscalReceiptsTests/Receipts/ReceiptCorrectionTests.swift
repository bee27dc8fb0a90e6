import FiscalReceipts
import JSONKit
import Testing

struct ReceiptCorrectionTests {
    static let item = #"{"name":"x","price":12000,"quantity":1,"sum":12000,"nds":1}"#
    static let basis =
        #""correctionType":1,"correctionBase":{"correctionName":"Акт","correctionDocumentDate":"2024-04-30","#
        + #""correctionDocumentNumber":"б/н"}"#

    @Test(
        arguments: [
            (
                "format 1.05, without items",
                #"{"document":{"receiptCorrection":{"totalSum":12000,"nds18":2000,\#(basis)}}}"#, false
            ),
            (
                "an empty list of items",
                #"{"receiptCorrection":{"items":[],"totalSum":12000,"nds18":2000,\#(basis)}}"#, false
            ),
            ("a strict form", #"{"bsoCorrection":{"totalSum":12000,"nds18118":2000,\#(basis)}}"#, true),
            ("by its code", #"{"code":31,"totalSum":12000,\#(basis)}"#, false),
            ("by its code as text", #"{"receiptCode":"41","totalSum":12000,\#(basis)}"#, true),
            ("by its fields", #"{"totalSum":12000,\#(basis)}"#, false),
            (
                "format 1.2, with items",
                #"{"receiptCorrection":{"items":[\#(item)],"totalSum":12000,"nds18":2000,\#(basis)}}"#,
                false
            ),
        ] as [(String, String, Bool)])
    func `a correction has a basis and needs no items`(name: String, json: String, isStrictForm: Bool) throws {
        let receipt = try ReceiptParser.receipt(from: Array(json.utf8))
        #expect(ReceiptCheck.findings(of: receipt) == [])
        #expect(receipt.isStrictForm == isStrictForm)
        let correction = try #require(receipt.correction)
        #expect(correction.cause == .ordered && correction.basis == "Акт" && correction.number == "б/н")
        #expect(correction.date == ReceiptTime(iso8601: "2024-04-30"))
    }

    @Test func `items of a correction are checked`() throws {
        let item = #"{"name":"x","price":12000,"quantity":1,"sum":11000,"nds":1}"#
        let json = #"{"receiptCorrection":{"items":[\#(item)],"totalSum":12000,"nds18":2000}}"#
        let findings = ReceiptCheck.findings(of: try ReceiptParser.receipt(from: Array(json.utf8)))
        #expect(findings.map(\.class) == [.itemSum, .totalMismatch, .vatMismatch])
    }

    @Test(arguments: [
        ("a receipt", #"{"receipt":{"items":[],"totalSum":0,"code":3}}"#, false),
        ("a strict form", #"{"bso":{"items":[],"totalSum":0}}"#, true),
        ("a receipt with every field", #"{"items":[],"totalSum":0,"receiptCode":3,"correctionType":0}"#, false),
        ("another code", #"{"items":[],"totalSum":0,"code":"abc"}"#, false),
    ])
    func `other documents are not corrections`(name: String, json: String, isStrictForm: Bool) throws {
        let receipt = try ReceiptParser.receipt(from: Array(json.utf8))
        #expect(receipt.correction == nil && receipt.isStrictForm == isStrictForm && receipt.defects == [])
    }

    @Test(arguments: [
        ("a day", "\"2024-04-30\"", "2024-04-30"), ("with an hour", "\"2024-04-30T00:00:00\"", "2024-04-30"),
        ("as Russians write it", "\"30.04.2024\"", "2024-04-30"),
        ("midnight local time", "1714435200", "2024-04-30"), ("midnight in Moscow", "1714424400", "2024-04-30"),
        ("midnight in Vladivostok", "1714399200", "2024-04-30"), ("in milliseconds", "1714435200000", "2024-04-30"),
        ("in MongoDB's JSON", #"{"$date":1714435200000}"#, "2024-04-30"),
        ("the smallest number", "-9223372036854775808", nil),
        ("the largest number", "9223372036854775807", nil), ("a list", "[]", nil),
    ])
    func `the date of the basis is read`(name: String, value: String, day: String?) throws {
        let json = #"{"receiptCorrection":{"totalSum":1,"correctionBase":[{"correctionDocumentDate":\#(value)}]}}"#
        let receipt = try ReceiptParser.receipt(from: Array(json.utf8))
        #expect(receipt.correction?.date == day.flatMap { ReceiptTime(iso8601: $0) })
        #expect(receipt.defects.count == (day == nil ? 1 : 0))
    }
}
