package import FoundationEssentials

/// A point in time with microsecond precision.
package struct Instant: Hashable, Comparable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    package var microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    package init(_ date: Date) { microseconds = Int64((date.timeIntervalSince1970 * 1_000_000).rounded()) }

    package static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }

    package func advanced(bySeconds seconds: Double) -> Instant {
        Instant(microseconds: microseconds + Int64((seconds * 1_000_000).rounded()))
    }

    /// Seconds from `earlier` to this instant; negative when `earlier` is later.
    package func seconds(since earlier: Instant) -> Double {
        Double(microseconds - earlier.microseconds) / 1_000_000
    }

    /// RFC 3339 in UTC with milliseconds, `2026-01-31T09:30:00.250Z`.
    package var rfc3339: String {
        Date(timeIntervalSince1970: Double(microseconds) / 1_000_000).formatted(Self.withFraction)
    }

    /// Reads RFC 3339, with or without a fraction of a second; nil for anything else.
    package init?(rfc3339 text: String) {
        guard let date = (try? Date(text, strategy: Self.withFraction)) ?? (try? Date(text, strategy: .iso8601)) else {
            return nil
        }
        self.init(date)
    }

    private static let withFraction = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
}
