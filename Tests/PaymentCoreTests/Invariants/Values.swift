import PaymentCore
import WorldKit

extension Instant {
    static let zero = Instant(microseconds: 0)

    static func seconds(_ seconds: Double) -> Instant { zero.advanced(bySeconds: seconds) }
}
