import FiscalReceipts
import Testing

/// The data beside a receipt in responses of the tax service.
struct ReceiptEnvelopeTests {
    static let code = "t=20231016T1313&s=270.00&fn=9999078900005678&i=4711&fp=1234567890&n=1"
    static let numbers =
        #""fiscalDriveNumber":"9999078900005678","fiscalDocumentNumber":4711,"fiscalSign":1234567890"#

    /// A receipt whose Unix time is three hours behind local time.
    static func receipt(_ time: String = "1697451180", _ numbers: String = numbers) -> String {
        #"{"dateTime":\#(time),"totalSum":27000,"items":[],\#(numbers)}"#
    }

    @Test(
        arguments: [
            (
                "a code", #"{"qr":"\#(code)","ticket":{"document":{"receipt":\#(receipt())}}}"#, "2023-10-16T13:13",
                false
            ),
            (
                "a code of seconds", #"{"qr":"\#(code.replacing("1313&", with: "131305&"))","a":\#(receipt())}"#,
                "2023-10-16T13:13:05", false
            ),
            (
                "a code under another name", #"{"request":{"qrraw":"\#(code)"},"data":{"json":\#(receipt())}}"#,
                "2023-10-16T13:13", false
            ),
            ("a query", #"{"query":{"date":"2023-10-16T13:13"},"a":\#(receipt())}"#, "2023-10-16T13:13", false),
            (
                "an operation", #"{"operation":{"date":"2023-10-16T13:13"},"a":\#(receipt())}"#, "2023-10-16T13:13",
                false
            ),
            (
                "an operation's day alone", #"{"operation":{"date":"2023-10-16"},"a":\#(receipt())}"#,
                "2023-10-16T10:13", true
            ),
            (
                "a code goes before a query",
                #"{"query":{"date":"2023-10-16T09:00"},"qr":"\#(code)","a":\#(receipt())}"#, "2023-10-16T13:13", false
            ),
            (
                "a code of a time in UTC", #"{"qr":"\#(code)","a":\#(receipt(#""2023-10-16T10:13:00Z""#))}"#,
                "2023-10-16T13:13", false
            ),
            ("a code of a day", #"{"qr":"\#(code)","a":\#(receipt(#""2023-10-16""#))}"#, "2023-10-16T13:13", false),
            ("a code alone", #"{"qr":"\#(code)","a":\#(receipt("null"))}"#, "2023-10-16T13:13", false),
            (
                "another receipt's code", #"{"qr":"\#(code)","a":\#(receipt("1697451180", #""fiscalSign":1"#))}"#,
                "2023-10-16T10:13", true
            ),
            (
                "padded numbers", #"{"qr":"\#(code)","a":\#(receipt("1697451180", #""fiscalSign":"001234567890 ""#))}"#,
                "2023-10-16T13:13", false
            ),
            ("a local time", receipt(#"1697451180,"localDateTime":"2023-10-16T13:13""#), "2023-10-16T13:13", false),
            (
                "a local time around it", #"{"localDateTime":"2023-10-16T13:13","a":\#(receipt())}"#,
                "2023-10-16T13:13",
                false
            ),
            (
                "a query without separators", #"{"query":{"date":"20231016T1313"},"a":\#(receipt())}"#,
                "2023-10-16T13:13", false
            ),
            (
                "a query with its zone", #"{"query":{"date":"2023-10-16T13:13:00+03:00"},"a":\#(receipt())}"#,
                "2023-10-16T13:13", false
            ),
            (
                "a query in UTC", #"{"query":{"date":"2023-10-16T09:00:00Z"},"a":\#(receipt())}"#, "2023-10-16T10:13",
                true
            ),
            ("nothing, in UTC", receipt(#""2023-10-16T10:13:00Z""#), "2023-10-16T10:13", true),
            ("nothing, in UTC by its offset", receipt(#""2023-10-16T10:13:00+00:00""#), "2023-10-16T10:13", true),
            ("nothing, in MongoDB's UTC", receipt(#"{"$date":"2023-10-16T10:13:00.000Z"}"#), "2023-10-16T10:13", true),
            ("nothing, with its zone", receipt(#""2023-10-16T13:13:00+03:00""#), "2023-10-16T13:13", false),
            ("no code", #"{"qr":"t=20231016T1313","a":\#(receipt())}"#, "2023-10-16T10:13", true),
            ("nothing", receipt(), "2023-10-16T10:13", true),
            ("nothing, in milliseconds", receipt(#"{"$date":1697451180000}"#), "2023-10-16T10:13", true),
            ("nothing, and no Unix time", receipt(#""2023-10-16T10:13:00""#), "2023-10-16T10:13", false),
        ] as [(String, String, String, Bool)])
    func `a receipt has the local time stated beside it, or a note of the assumption`(
        name: String, json: String, time: String, isNoted: Bool
    ) throws {
        let receipt = try ReceiptParser.receipt(from: Array(json.utf8))
        #expect(receipt.time == ReceiptTime(iso8601: time))
        #expect(receipt.notes.count == (isNoted ? 1 : 0))
        #expect(receipt.notes.allSatisfy { $0.contains("read as the local time 2023-10-16 10:13:00") })
        #expect(ReceiptCheck.findings(of: receipt).allSatisfy { $0.class == .totalMismatch }, "a note is not a finding")
    }

    @Test(arguments: ["-1", "-5", "-1697451180000", "\"-5\""])
    func `a Unix time below zero is no time`(time: String) throws {
        let receipt = try ReceiptParser.receipt(from: Array(Self.receipt(time).utf8))
        #expect(receipt.time == nil && receipt.notes.isEmpty)
        #expect(receipt.defects.map(\.class) == [.badValue])
    }
}
