package import FoundationEssentials

/// A point in time with microsecond precision.
package struct Instant: Hashable, Comparable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    package var microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    /// The range of RFC 3339: the years 1 to 9999.
    package static let microsecondRange: ClosedRange<Int64> = -62_135_596_800_000_000...253_402_300_799_000_000

    /// The date, clamped to the range of RFC 3339.
    package init(_ date: Date) { self.init(bounding: (date.timeIntervalSince1970 * 1_000_000).rounded()) }

    /// - Parameter microseconds: any number; NaN counts as 1970.
    private init(bounding microseconds: Double) {
        let range = Self.microsecondRange
        let bounded =
            microseconds.isNaN ? 0 : min(max(microseconds, Double(range.lowerBound)), Double(range.upperBound))
        self.init(microseconds: Int64(bounded))
    }

    package static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }

    /// The instant this many seconds later, clamped to the range of RFC 3339.
    package func advanced(bySeconds seconds: Double) -> Instant {
        // A double cannot represent the present to the microsecond, but it can represent the distance.
        let distance = Instant(bounding: (seconds * 1_000_000).rounded()).microseconds
        let (sum, overflow) = microseconds.addingReportingOverflow(distance)
        let range = Self.microsecondRange
        guard !overflow else { return Instant(microseconds: distance < 0 ? range.lowerBound : range.upperBound) }
        return Instant(microseconds: min(max(sum, range.lowerBound), range.upperBound))
    }

    /// Seconds from `earlier` to this instant; negative when `earlier` is later.
    package func seconds(since earlier: Instant) -> Double {
        let (difference, overflow) = microseconds.subtractingReportingOverflow(earlier.microseconds)
        guard !overflow else { return Double(microseconds) / 1_000_000 - Double(earlier.microseconds) / 1_000_000 }
        return Double(difference) / 1_000_000
    }

    /// RFC 3339 in UTC with milliseconds, `2026-01-31T09:30:00.250Z`; clamped to the years 1 to 9999.
    package var rfc3339: String {
        let time = Zone.utc.civilTime(at: self) ?? (microseconds < 0 ? .first : .last)
        let milliseconds = String(time.microsecond / 1000)
        let fraction = String(repeating: "0", count: 3 - milliseconds.utf8.count) + milliseconds
        return "\(time.date)T\(time.clock).\(fraction)Z"
    }

    /// Parses RFC 3339, with or without fractional seconds; nil for anything else, such as a nonexistent day.
    package init?(rfc3339 text: String) {
        guard let instant = TimeText.rfc3339(text) else { return nil }
        self = instant
    }
}
