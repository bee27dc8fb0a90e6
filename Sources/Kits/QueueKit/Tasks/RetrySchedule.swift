/// One attempt that a retry policy still allows.
package struct PlannedAttempt: Hashable, Sendable {
    package enum Phase: String, Sendable {
        /// No attempt was made yet.
        case first
        /// One period after an attempt that was answered "not yet".
        case poll
        case backoff
    }

    /// From 1.
    package var attempt: Int
    package var phase: Phase
    /// Seconds after the previous attempt, at most and without jitter.
    package var delaySeconds: ClosedRange<Double>
    /// Seconds after the start of the schedule, at the earliest and the latest; attempts are assumed to take no time.
    package var offsetSeconds: ClosedRange<Double>
}

extension RetryPolicy {
    /// Every attempt from the next one until the task is stuck.
    /// - Parameters:
    ///   - attempts: attempts made so far.
    ///   - polls: how many of them were answered "not yet".
    ///   - isNotYet: whether every attempt is answered "not yet"; false when every one fails.
    ///   - limit: at most this many.
    package func schedule(
        attempts: Int = 0, polls: Int = 0, isNotYet: Bool = true, limit: Int
    ) -> [PlannedAttempt] {
        let next = PlannedAttempt(
            attempt: attempts + 1, phase: .first, delaySeconds: 0...0, offsetSeconds: 0...0)
        var planned = [next]
        var (attempts, polls) = (attempts + 1, polls + (isNotYet ? 1 : 0))
        while planned.count < limit, let last = planned.last,
            let longest = delay(attempts: attempts, polls: polls, isNotYet: isNotYet, random: 0),
            let shortest = delay(attempts: attempts, polls: polls, isNotYet: isNotYet, random: 1)
        {
            attempts += 1
            let offset = last.offsetSeconds
            planned.append(
                PlannedAttempt(
                    attempt: attempts, phase: isNotYet && polls <= self.polls ? .poll : .backoff,
                    delaySeconds: shortest...longest,
                    offsetSeconds: (offset.lowerBound + shortest)...(offset.upperBound + longest)
                ))
            if isNotYet { polls += 1 }
        }
        return planned
    }
}
