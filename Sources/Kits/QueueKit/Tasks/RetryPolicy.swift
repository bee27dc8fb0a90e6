/// When a task runs again: first a number of patient polls, then exponential backoff, then it is stuck.
package struct RetryPolicy: Hashable, Sendable {
    /// How many "not yet" answers are followed by a wait of just one ``periodSeconds``.
    package var polls: Int
    package var periodSeconds: Double
    /// The first backoff delay; the k-th is `base × 2^k`.
    package var baseSeconds: Double
    /// The maximum backoff delay.
    package var capSeconds: Double
    /// The share of a backoff delay that is random, 0…1: the delay lies within `delay × (1 - jitter) … delay`.
    package var jitter: Double
    /// After this many attempts in all, the task is stuck.
    package var maxAttempts: Int

    package init(
        polls: Int, periodSeconds: Double, baseSeconds: Double, capSeconds: Double, jitter: Double = 0.2,
        maxAttempts: Int
    ) {
        self.polls = polls
        self.periodSeconds = periodSeconds
        self.baseSeconds = baseSeconds
        self.capSeconds = capSeconds
        self.jitter = jitter
        self.maxAttempts = maxAttempts
    }

    /// Seconds until the next attempt; nil when the attempts are used up.
    /// - Parameters:
    ///   - attempts: attempts made so far, this one included.
    ///   - polls: how many of them were answered "not yet", this one included.
    ///   - isNotYet: whether this attempt was answered "not yet"; false for a real failure.
    ///   - random: 0…1, the position within the jitter.
    package func delay(attempts: Int, polls: Int, isNotYet: Bool, random: Double) -> Double? {
        guard attempts < maxAttempts else { return nil }
        if isNotYet, polls <= self.polls { return periodSeconds }
        let backoffs = max(0, attempts - min(polls, self.polls) - 1)
        // Beyond 2^62 any base above a nanosecond exceeds every sensible cap.
        let delay = min(capSeconds, baseSeconds * Double(UInt64(1) << UInt64(min(backoffs, 62))))
        return delay * (1 - jitter * random)
    }
}
