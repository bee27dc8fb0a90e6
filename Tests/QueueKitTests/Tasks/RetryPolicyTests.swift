import QueueKit
import Testing

@Suite struct RetryPolicyTests {
    private static let policy = RetryPolicy(
        polls: 3, periodSeconds: 5, baseSeconds: 10, capSeconds: 70, jitter: 0.2, maxAttempts: 8)

    @Test(
        arguments: [
            ("the first poll", 1, 1, true, 0, 5), ("the last patient poll", 3, 3, true, 0, 5),
            ("a poll too many", 4, 4, true, 0, 10), ("and another", 5, 5, true, 0, 20),
            ("the first failure", 1, 0, false, 0, 10), ("the second failure", 2, 0, false, 0, 20),
            ("the third failure", 3, 0, false, 0, 40), ("capped", 4, 0, false, 0, 70),
            ("still capped", 7, 0, false, 0, 70),
            ("a failure after polls", 3, 2, false, 0, 10), ("a poll after failures", 3, 1, true, 0, 5),
            ("polls are never jittered", 1, 1, true, 1, 5), ("full jitter", 1, 0, false, 1, 8),
            ("half of it", 1, 0, false, 0.5, 9), ("the last attempt", 8, 0, false, 0, nil),
            ("the last attempt, a poll", 8, 1, true, 0, nil), ("beyond the last", 9, 0, false, 0, nil),
        ] as [(String, Int, Int, Bool, Double, Double?)])
    func `delay`(name: String, attempts: Int, polls: Int, isNotYet: Bool, random: Double, seconds: Double?) {
        #expect(Self.policy.delay(attempts: attempts, polls: polls, isNotYet: isNotYet, random: random) == seconds)
    }

    @Test func `many attempts do not overflow`() {
        var policy = Self.policy
        policy.maxAttempts = .max
        #expect(policy.delay(attempts: 1_000_000, polls: 0, isNotYet: false, random: 0) == 70)
    }
}
