import Testing
import WorldKit

@Suite struct TimeTextTests {
    /// Central European rules since 1996: two hours ahead from 01:00 UTC of March's last Sunday to that of October's.
    static let berlin = Zone(name: "Europe/Berlin") { seconds in
        guard let time = CivilTime(seconds: seconds), let march = lastSunday(3, time.year),
            let october = lastSunday(10, time.year)
        else { return 3600 }
        return (march..<october).contains(seconds) ? 7200 : 3600
    }
    static let losAngeles = Zone(name: "America/Los_Angeles") { _ in -8 * 3600 }
    /// Went from UTC-10 to UTC+14 at the end of 29 December 2011.
    static let apia = Zone(name: "Pacific/Apia") { $0 < 1_325_239_200 ? -36_000 : 50_400 }
    /// Clocks go from 00:00 to 01:00 on 26 March 2026.
    static let beirut = Zone(name: "Asia/Beirut") { $0 < 1_774_476_000 ? 7200 : 10_800 }
    static let unknown = Zone(name: "Europe/Berln", isKnown: false) { _ in 0 }

    /// 01:00 UTC of a month of 31 days' last Sunday, in seconds.
    private static func lastSunday(_ month: Int, _ year: Int) -> Int64? {
        CivilTime(year: year, month: month, day: 31, hour: 1).map { last in
            // 1970-01-01 was a Thursday.
            last.seconds - (last.seconds / 86_400 + 4) % 7 * 86_400
        }
    }

    /// 2026-11-30T12:34:56.5Z
    static let now = Instant(microseconds: 1_796_042_096_500_000)

    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        var expected: String
        var zone = Zone.utc
        var testDescription: String { "\(text) in \(zone.name)" }
        init(_ text: String, _ expected: String, _ zone: Zone = .utc) {
            (self.text, self.expected, self.zone) = (text, expected, zone)
        }
    }

    @Test(arguments: [
        Case("2026-01-31T09:30:00Z", "2026-01-31T09:30:00.000Z"),
        Case("2026-01-31t09:30:00z", "2026-01-31T09:30:00.000Z"),
        Case("2026-01-31T09:30:00+03:00", "2026-01-31T06:30:00.000Z"),
        Case("2026-01-31T09:30:00-03:30", "2026-01-31T13:00:00.000Z"),
        Case("2026-01-31T09:30:00-00:00", "2026-01-31T09:30:00.000Z"),
        Case("2026-01-31T09:30:00+14:00", "2026-01-30T19:30:00.000Z", berlin),
        Case("2026-01-31T09:30:00+18:00", "2026-01-30T15:30:00.000Z"),
        Case("2026-01-31T09:30:00.25Z", "2026-01-31T09:30:00.250Z"),
        Case("2026-01-31T09:30:00.123456789Z", "2026-01-31T09:30:00.123Z"),
        Case("2026-01-31 09:30:00Z", "2026-01-31T09:30:00.000Z"), Case("2026-01-31T09:30Z", "2026-01-31T09:30:00.000Z"),
        Case("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
        Case("2015-07-01T01:59:60.5+02:00", "2015-07-01T00:00:00.500Z"),
        Case("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"), Case("9999-12-31", "9999-12-31T00:00:00.000Z"),
        Case("2024-02-29", "2024-02-29T00:00:00.000Z"), Case("2000-02-29", "2000-02-29T00:00:00.000Z"),
        Case("2026-11-30", "2026-11-30T00:00:00.000Z"), Case("2026-11-30 02:00", "2026-11-30T02:00:00.000Z"),
        Case("2026-11-30T02:00", "2026-11-30T02:00:00.000Z"), Case("02:00", "2026-11-30T02:00:00.000Z"),
        Case("23:59:59.5", "2026-11-30T23:59:59.500Z"), Case("now", "2026-11-30T12:34:56.500Z"),
        Case("today", "2026-11-30T00:00:00.000Z"), Case("yesterday", "2026-11-29T00:00:00.000Z"),
        Case("tomorrow", "2026-12-01T00:00:00.000Z"),
        Case("2h", "2026-11-30T10:34:56.500Z"), Case("1h30m", "2026-11-30T11:04:56.500Z"),
        Case("2d", "2026-11-28T12:34:56.500Z"), Case("1.5h", "2026-11-30T11:04:56.500Z"),
        Case("1d2h3m4s500ms", "2026-11-29T10:31:52.000Z"), Case("500ms", "2026-11-30T12:34:56.000Z"),
        Case("0s", "2026-11-30T12:34:56.500Z"),
        // The user's own zone.
        Case("2026-11-30", "2026-11-29T23:00:00.000Z", berlin), Case("2026-07-01", "2026-06-30T22:00:00.000Z", berlin),
        Case("2026-07-01 02:00", "2026-07-01T00:00:00.000Z", berlin), Case("02:00", "2026-11-30T01:00:00.000Z", berlin),
        Case("today", "2026-11-30T08:00:00.000Z", losAngeles),
        Case("yesterday", "2026-11-29T08:00:00.000Z", losAngeles),
        Case("2026-03-29 01:59:59", "2026-03-29T00:59:59.000Z", berlin),
        Case("2026-03-29 03:00", "2026-03-29T01:00:00.000Z", berlin),
        // This local time occurs twice: the first one counts.
        Case("2026-10-25 02:30", "2026-10-25T00:30:00.000Z", berlin),
        Case("2026-10-25 03:00", "2026-10-25T02:00:00.000Z", berlin),
        // A day without a midnight begins when the clocks are set forward.
        Case("2026-03-26", "2026-03-25T22:00:00.000Z", beirut), Case("2026-03-27", "2026-03-26T21:00:00.000Z", beirut),
        Case("2011-12-29", "2011-12-29T10:00:00.000Z", apia), Case("2011-12-31", "2011-12-30T10:00:00.000Z", apia),
    ])
    func `a time is read`(_ test: Case) throws {
        #expect(try TimeText.instant(test.text, now: Self.now, zone: test.zone).rfc3339 == test.expected)
    }

    @Test(arguments: [
        ("1764500000", TimeError.bareNumber), ("-5", .bareNumber), ("30", .bareNumber), ("0", .bareNumber),
        ("2026", .bareNumber), ("20261130", .bareNumber), ("1.5", .bareNumber), ("+3", .bareNumber),
        ("2026-02-30", .nonexistentDay), ("2026-02-29", .nonexistentDay), ("2100-02-29", .nonexistentDay),
        ("2026-04-31", .nonexistentDay),
        ("2026-13-01", .nonexistentDay), ("2026-00-10", .nonexistentDay), ("2026-01-00", .nonexistentDay),
        ("2026-01-32", .nonexistentDay),
        ("2026-02-30T00:00:00Z", .nonexistentDay), ("2026-02-30 10:00", .nonexistentDay),
        ("0000-01-01", .nonexistentDay),
        ("2026-11-30T24:00:00Z", .nonexistentTime), ("2026-11-30 24:00", .nonexistentTime), ("24:00", .nonexistentTime),
        ("12:60", .nonexistentTime), ("2026-11-30T12:00:60Z", .nonexistentTime),
        ("2026-11-30T23:59:60Z", .nonexistentTime),
        ("2026-12-31T23:59:61Z", .nonexistentTime), ("2026-06-30T23:59:60+02:00", .nonexistentTime),
        ("2026-11-30T12:00:00+18:01", .invalidOffset), ("2026-11-30T12:00:00+02:60", .invalidOffset),
        ("0001-01-01T00:00:00+01:00", .notATime), ("9999-12-31T23:59:59-01:00", .notATime),
        ("10000-01-01", .notATime), ("", .notATime), (" ", .notATime), (" 2026-11-30", .notATime),
        ("2026-11-30 ", .notATime), ("2026-1-5", .notATime), ("2026/11/30", .notATime), ("30.11.2026", .notATime),
        ("2026-11-30T", .notATime), ("2026-11-30T12", .notATime), ("2026-11-30T12:00:00.Z", .notATime),
        ("2026-11-30T12:00:00,5Z", .notATime), ("2026-11-30T12:00:00+0200", .notATime),
        ("2026-11-30T12:00:00+02", .notATime), ("2026-11-30T12:00:00ZZ", .notATime),
        ("2026-11-30T12:00:00 Z", .notATime),
        ("2026-11-30Z", .notATime), ("02:00Z", .notATime), ("2:00", .notATime), ("TODAY", .notATime),
        ("soon", .notATime),
        ("h", .notATime), ("2 h", .notATime), ("-2h", .notATime), ("30m1h", .notATime), ("1h1h", .notATime),
        ("1h30", .notATime), (".5h", .notATime), ("1.h", .notATime), ("1e3s", .notATime), ("inf", .notATime),
        ("nan", .notATime), ("1w", .notATime), ("101y", .notATime), ("36501d", .notATime), ("２h", .notATime),
        ("2026-11-3０", .notATime), ("2026-11-30T12:00:00\u{2212}02:00", .notATime), ("2h\u{301}", .notATime),
        (String(repeating: "1", count: 100) + "s", .notATime), ("2026-11-30\n", .notATime),
    ])
    func `text that is not a time is rejected`(text: String, error: TimeError) {
        #expect(throws: error) { try TimeText.instant(text, now: Self.now, zone: .utc) }
    }

    @Test(arguments: [
        ("2026-03-29 02:00", berlin), ("2026-03-29 02:30", berlin), ("2026-03-29 02:59:59.9", berlin),
        ("2026-03-26 00:30", beirut), ("2011-12-30 12:00", apia),
    ])
    func `a time skipped by daylight saving is rejected`(text: String, zone: Zone) {
        let error = #expect(throws: TimeError.self) { try TimeText.instant(text, now: Self.now, zone: zone) }
        guard case .skipped? = error else { return #expect(Bool(false), "\(text)") }
    }

    @Test func `a day skipped by the zone is rejected`() {
        #expect(throws: TimeError.nonexistentDay) {
            try TimeText.instant("2011-12-30", now: Self.now, zone: Self.apia)
        }
    }

    @Test(arguments: ["2026-11-30", "02:00", "2026-11-30 02:00", "today", "yesterday"])
    func `with an unknown zone only times that need none are parsed`(text: String) throws {
        #expect(throws: TimeError.unknownZone("Europe/Berln")) {
            try TimeText.instant(text, now: Self.now, zone: Self.unknown)
        }
        for text in ["2h", "now", "2026-11-30T02:00:00Z", "2026-11-30 02:00+01:00"] {
            _ = try TimeText.instant(text, now: Self.now, zone: Self.unknown)
        }
    }

    @Test(arguments: [
        "2026-01-31", "2026-01-31 09:30:00Z", "2026-01-31T09:30Z", "2026-01-31T09:30:00", "2026-02-29T09:30:00Z", "2h",
        "1769851800", "now", "2026-01-31T24:00:00Z",
    ])
    func `RFC 3339 requires a date, a time with seconds and a zone`(text: String) {
        #expect(Instant(rfc3339: text) == nil)
    }

    @Test func `every day of ten thousand years round-trips`() throws {
        for days in stride(from: Int64(-719_162), through: 2_932_896, by: 97) {
            let time = try #require(CivilTime(seconds: days * 86_400 + 86_399))
            #expect(time.seconds == days * 86_400 + 86_399)
            #expect(Instant(microseconds: days * 86_400_000_000).rfc3339.hasPrefix(time.date))
        }
        #expect(CivilTime(seconds: -719_162 * 86_400 - 1) == nil && CivilTime(seconds: 2_932_897 * 86_400) == nil)
        #expect(CivilTime(seconds: .min) == nil && CivilTime(seconds: .max) == nil)
    }
}
