import QueueKit
import Synchronization
import WorldKit

/// The properties of a message that determine the queues it reaches.
struct MessageRoute: Hashable, Sendable {
    var exchange: String
    var type: String
}

extension OutboxEntry {
    var route: MessageRoute { MessageRoute(exchange: exchange, type: message.type) }
}

/// Routes on which a working broker confirms nothing, for example because a quorum queue has no leader.
///
/// Each publish on such a route takes the whole confirm timeout. So its rows are set aside, and one row at a time is
/// tried, separately from other publishes and with growing pauses; once it is confirmed, the others follow.
final class SilentRoutes: Sendable {
    private struct Silence {
        var attempts = 1
        /// When to try the next row; nil during a trial.
        var until: Instant?
        var reason: String
    }

    private struct State {
        var silences: [MessageRoute: Silence] = [:]
        var ended: [(entry: OutboxEntry, outcome: PublishOutcome)] = []
    }

    private let state = Mutex(State())

    /// How the relay handles a row.
    enum Verdict {
        case publish
        case setAside(until: Instant, reason: String)
        /// Publish it alone.
        case probe(reason: String)
    }

    /// How long a row is set aside during a trial of its route. The end of the trial takes it back; if this relay has
    /// ended by then, the next relay takes it back after this time.
    private static let trialSeconds = 60.0

    func verdict(on route: MessageRoute, at now: Instant) -> Verdict {
        state.withLock { state in
            guard let silence = state.silences[route] else { return .publish }
            let trialEnd = now.advanced(bySeconds: Self.trialSeconds)
            guard let until = silence.until else { return .setAside(until: trialEnd, reason: silence.reason) }
            guard until <= now else { return .setAside(until: until, reason: silence.reason) }
            state.silences[route]?.until = nil
            return .probe(reason: silence.reason)
        }
    }

    func trialEnd(at now: Instant) -> Instant { now.advanced(bySeconds: Self.trialSeconds) }

    /// Notes the routes of unconfirmed rows; routes already known keep their pause.
    func note(_ settled: [(entry: OutboxEntry, outcome: PublishOutcome)], _ policy: RetryPolicy, at now: Instant) {
        state.withLock { state in
            for (entry, outcome) in settled where state.silences[entry.route] == nil {
                guard case .unconfirmed(let reason) = outcome else { continue }
                state.silences[entry.route] = Silence(until: Self.end(1, policy, now), reason: reason)
            }
        }
    }

    /// Records the end of a trial.
    func ended(_ entry: OutboxEntry, _ outcome: PublishOutcome, _ policy: RetryPolicy, at now: Instant) {
        state.withLock { state in
            state.ended.append((entry, outcome))
            guard var silence = state.silences[entry.route] else { return }
            switch outcome {
            case .confirmed, .returned, .refused: state.silences[entry.route] = nil
            case .unconfirmed(let reason):
                silence.attempts += 1
                silence.until = Self.end(silence.attempts, policy, now)
                silence.reason = reason
                state.silences[entry.route] = silence
            case .unknown:
                // An unknown outcome says nothing about the route.
                silence.until = now
                state.silences[entry.route] = silence
            }
        }
    }

    /// Trials that have ended and are not yet recorded.
    var ended: [(entry: OutboxEntry, outcome: PublishOutcome)] { state.withLock { $0.ended } }

    /// Notes that the first `count` ended trials are recorded.
    func recorded(_ count: Int) { state.withLock { $0.ended.removeFirst(count) } }

    private static func end(_ attempts: Int, _ policy: RetryPolicy, _ now: Instant) -> Instant {
        var policy = policy
        policy.maxAttempts = .max
        let delay = policy.delay(attempts: attempts, polls: 0, isNotYet: false, random: 0)
        return now.advanced(bySeconds: delay ?? policy.capSeconds)
    }
}
