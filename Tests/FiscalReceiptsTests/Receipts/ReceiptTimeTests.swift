import FiscalReceipts
import Testing

struct ReceiptTimeTests {
    @Test(arguments: [
        ("2020-09-16", nil), ("2020-09-16T12:34", [12, 34, 0]), ("2020-09-16 12:34:56", [12, 34, 56]),
        ("2020-09-16T12:34:56.789+03:00", [12, 34, 56]), ("2020-09-16T12:34Z", [12, 34, 0]),
    ])
    func `ISO 8601 is read literally`(text: String, clock: [Int]?) throws {
        let time = try #require(ReceiptTime(iso8601: text))
        #expect([time.year, time.month, time.day] == [2020, 9, 16])
        #expect(time.clock.map { [$0.hour, $0.minute, $0.second] } == clock)
    }

    @Test(arguments: [
        "", "2020", "2020-9-16", "16.09.2020", "2020-13-01", "2019-02-29", "2020-09-16T25:00", "2020-09-16T12",
        "2020-09-16T12:60", "2020-09-16x12:34", "2020-09-16T12:34:5", "1969-01-01", "２020-09-16",
    ])
    func `text that is not a time is rejected`(text: String) {
        #expect(ReceiptTime(iso8601: text) == nil)
    }

    @Test(arguments: [
        ("20200916T1234", "2020-09-16T12:34:00"), ("20200916t123456", "2020-09-16T12:34:56"), ("20200916", nil),
        ("20200916T12345", nil), ("20201316T1234", nil), ("20200916x1234", nil), ("2020-916T1234", nil),
    ])
    func `the time in a QR code is read`(text: String, time: String?) {
        #expect(ReceiptTime(basicISO8601: text) == time.flatMap { ReceiptTime(iso8601: $0) })
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00"), (951_782_399, "2000-02-28T23:59:59"), (951_782_400, "2000-02-29T00:00:00"),
        (1_600_258_440, "2020-09-16T12:14:00"), (4_107_542_400, "2100-03-01T00:00:00"),
        (253_402_300_799, "9999-12-31T23:59:59"),
    ])
    func `seconds are read as local time`(seconds: Int64, text: String) {
        #expect(ReceiptTime(seconds: seconds) == ReceiptTime(iso8601: text))
        #expect(ReceiptTime(seconds: seconds) != nil)
    }

    @Test(arguments: [-1, 253_402_300_800, .max, .min])
    func `seconds beyond four-digit years are rejected`(seconds: Int64) {
        #expect(ReceiptTime(seconds: seconds) == nil)
    }
}
