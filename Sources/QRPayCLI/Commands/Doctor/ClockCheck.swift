import PaymentCore
import WorldKit

/// Checks that the clock is plausible. Signatures, expiry and journal entries depend on it.
enum ClockCheck {
    /// Earlier than any build of this program.
    private static let earliest = Instant(microseconds: 1_735_689_600_000_000)  // 2025-01-01
    private static let latest = Instant(microseconds: 4_102_444_800_000_000)  // 2100-01-01
    private static let tolerableSeconds = 60.0
    private static let advice = "set the clock, or let chrony or systemd-timesyncd do so"

    /// - Parameter skews: by how many seconds each partner's clock is ahead of this one.
    static func finding(now: Instant, skews: [Double]) -> DoctorFinding {
        guard (earliest..<latest).contains(now) else {
            return .failed("clock", "\(now.rfc3339) is implausible", advice)
        }
        guard let skew = skews.max(by: { abs($0) < abs($1) }), abs(skew) > tolerableSeconds else {
            return .ok("clock", now.rfc3339)
        }
        let direction = skew > 0 ? "behind" : "ahead of"
        return .warning("clock", "\(now.rfc3339) is \(Int(abs(skew))) s \(direction) a partner's clock", advice)
    }
}

/// Dates as HTTP writes them (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Nil for anything else, obsolete forms included.
    static func instant(_ text: String) -> Instant? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", parts[1].utf8.count == 2, parts[3].utf8.count == 4,
            let month = months.firstIndex(of: String(parts[2]))
        else { return nil }
        let number = month + 1
        return Instant(rfc3339: "\(parts[3])-\(number < 10 ? "0" : "")\(number)-\(parts[1])T\(parts[4])Z")
    }
}
