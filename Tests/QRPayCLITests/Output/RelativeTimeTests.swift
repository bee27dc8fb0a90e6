import PaymentCore
import Testing
import WorldKit

@testable import QRPayCLI

@Suite struct RelativeTimeTests {
    @Test(
        arguments: [
            (0, "0s ago"), (-1, "1s ago"), (-119, "119s ago"), (-120, "2m ago"), (-7199, "119m ago"),
            (-7200, "2h ago"), (-172_799, "47h ago"), (-172_800, "2d ago"), (40, "in 40s"), (3 * 86400, "in 3d"),
        ] as [(Double, String)])
    func `in its largest unit`(_ seconds: Double, _ text: String) {
        let now = Instant(microseconds: 1_773_489_600_000_000)
        #expect(now.advanced(bySeconds: seconds).relative(to: now) == text)
    }
}
