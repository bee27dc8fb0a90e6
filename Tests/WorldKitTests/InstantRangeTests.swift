import FoundationEssentials
import Testing
import WorldKit

/// Instants at and beyond the limits of RFC 3339.
@Suite struct InstantRangeTests {
    private static let first = Instant(microseconds: Instant.microsecondRange.lowerBound)
    private static let last = Instant(microseconds: Instant.microsecondRange.upperBound)

    @Test(arguments: [Int64.min, .min + 1, -62_135_596_800_000_001, 253_402_300_800_000_000, .max])
    func `any number of microseconds can be formatted and used in arithmetic`(microseconds: Int64) {
        let instant = Instant(microseconds: microseconds)
        #expect(instant.rfc3339.hasPrefix(microseconds < 0 ? "0001-01-" : "9999-12-31T23:59:59"))
        for seconds in [0, 1, -1, 1e18, -1e18, .infinity, -.infinity, .nan] {
            let moved = instant.advanced(bySeconds: seconds)
            #expect(Instant.microsecondRange.contains(moved.microseconds), "\(seconds)")
        }
        for other in [Int64.min, 0, .max] {
            #expect(instant.seconds(since: Instant(microseconds: other)).isFinite)
        }
    }

    @Test func `the range is the years 1 to 9999`() {
        // Foundation uses the Julian calendar for dates this early.
        #expect(Self.first.rfc3339.hasPrefix("0001-01-"))
        #expect(Self.last.rfc3339 == "9999-12-31T23:59:59.000Z")
        #expect(Self.first.advanced(bySeconds: -1) == Self.first && Self.last.advanced(bySeconds: 1) == Self.last)
    }

    @Test(arguments: [-Double.infinity, -1e30, 1e30, .infinity, .nan])
    func `any date converts to an instant`(seconds: Double) {
        #expect(Instant.microsecondRange.contains(Instant(Date(timeIntervalSince1970: seconds)).microseconds))
    }

    @Test func `microsecond precision is kept`() {
        let instant = Instant(microseconds: 1_773_489_600_123_457)
        #expect(instant.advanced(bySeconds: 0.000_001).microseconds == 1_773_489_600_123_458)
        #expect(instant.advanced(bySeconds: -86_400.5).microseconds == 1_773_403_199_623_457)
        #expect(Instant(microseconds: .max).seconds(since: Instant(microseconds: .max - 3)) == 0.000_003)
    }
}
