package import FoundationEssentials

/// A point in time with microsecond precision.
package struct Instant: Hashable, Comparable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    package var microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    package init(_ date: Date) { microseconds = Int64((date.timeIntervalSince1970 * 1_000_000).rounded()) }

    package static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }

    /// The instant so many seconds later; the last or first there is where that is beyond it.
    package func advanced(bySeconds seconds: Double) -> Instant {
        let distance = (seconds * 1_000_000).rounded()
        let limit: Int64 = distance < 0 ? .min : .max
        let (sum, overflow) = microseconds.addingReportingOverflow(Int64(exactly: distance) ?? limit)
        return Instant(microseconds: overflow ? limit : sum)
    }

    /// Seconds from `earlier` to this instant; negative when `earlier` is later.
    package func seconds(since earlier: Instant) -> Double {
        let (difference, overflow) = microseconds.subtractingReportingOverflow(earlier.microseconds)
        return (overflow ? Double(microseconds) - Double(earlier.microseconds) : Double(difference)) / 1_000_000
    }

    /// RFC 3339 in UTC with milliseconds, `2026-01-31T09:30:00.250Z`; the years before 1 and after 9999, which it
    /// cannot write, as their nearest.
    package var rfc3339: String {
        let time = Zone.utc.civilTime(at: self) ?? (microseconds < 0 ? .first : .last)
        let milliseconds = String(time.microsecond / 1000)
        let fraction = String(repeating: "0", count: 3 - milliseconds.utf8.count) + milliseconds
        return "\(time.date)T\(time.clock).\(fraction)Z"
    }

    /// Reads RFC 3339, with or without a fraction of a second; nil for anything else, such as a day that does not
    /// exist.
    package init?(rfc3339 text: String) {
        guard let instant = TimeText.rfc3339(text) else { return nil }
        self = instant
    }
}
