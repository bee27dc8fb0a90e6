import PaymentCore
import WorldKit

extension Instant {
    /// A time relative to `now`: `40s ago`, `in 12m`, `3h ago`, `in 2d`.
    func relative(to now: Instant) -> String {
        let seconds = seconds(since: now)
        let length = Int(seconds.magnitude.rounded())
        let text =
            switch length {
            case ..<120: "\(length)s"
            case ..<7200: "\(length / 60)m"
            case ..<172_800: "\(length / 3600)h"
            default: "\(length / 86400)d"
            }
        return seconds > 0 ? "in \(text)" : "\(text) ago"
    }
}
