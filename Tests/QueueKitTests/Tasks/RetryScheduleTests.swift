import QueueKit
import Testing

@Suite struct RetryScheduleTests {
    private static let policy = RetryPolicy(
        polls: 2, periodSeconds: 5, baseSeconds: 10, capSeconds: 30, jitter: 0.5, maxAttempts: 6)

    @Test(
        arguments: [
            ("patient, then backing off", 0, 0, true, 100, [0, 5, 5, 10, 20, 30]),
            ("always failing", 0, 0, false, 100, [0, 10, 20, 30, 30, 30]),
            ("from the middle", 3, 3, true, 100, [0, 20, 30]), ("the last one", 5, 0, false, 100, [0]),
            ("no more than asked for", 0, 0, true, 2, [0, 5]),
        ] as [(String, Int, Int, Bool, Int, [Double])])
    func `delays`(name: String, attempts: Int, polls: Int, isNotYet: Bool, limit: Int, expected: [Double]) {
        let planned = Self.policy.schedule(attempts: attempts, polls: polls, isNotYet: isNotYet, limit: limit)
        #expect(planned.map(\.delaySeconds.upperBound) == expected)
        #expect(planned.map(\.attempt) == Array((attempts + 1)...(attempts + expected.count)))
        #expect(planned.last?.offsetSeconds.upperBound == expected.reduce(0, +))
    }

    @Test func `only backoffs have jitter`() {
        let planned = Self.policy.schedule(limit: 100)
        #expect(planned.map(\.phase) == [.first, .poll, .poll, .backoff, .backoff, .backoff])
        #expect(planned.map(\.delaySeconds.lowerBound) == [0, 5, 5, 5, 10, 15])
        #expect(planned.last?.offsetSeconds == 40...70)
    }

    /// The schedule matches what the worker does.
    @Test(arguments: [true, false])
    func `the schedule matches the policy`(isNotYet: Bool) {
        let planned = Self.policy.schedule(isNotYet: isNotYet, limit: 100)
        for (number, attempt) in planned.enumerated().dropFirst() {
            let delay = Self.policy.delay(
                attempts: number, polls: isNotYet ? number : 0, isNotYet: isNotYet, random: 0)
            #expect(delay == attempt.delaySeconds.upperBound)
        }
        #expect(
            Self.policy.delay(
                attempts: planned.count, polls: isNotYet ? planned.count : 0, isNotYet: isNotYet, random: 0) == nil)
    }
}
