import CommandLineKit
import QRPayDomain
import QRPayServices
import Synchronization

/// What a worker shows of its work on standard error: on a terminal a line that stays in place, below what failed;
/// elsewhere a line for each attempt.
final class WorkProgress: Sendable {
    private struct State {
        var done = 0
        var postponed = 0
        var stuck = 0
        var shownAt: Instant
        /// How many attempts had ended when it was last shown.
        var shownTotal = 0

        var total: Int { done + postponed + stuck }
    }

    /// Between two redrawings; more often nobody can read.
    private static let pauseSeconds = 0.1

    private let context: Context
    private let state: Mutex<State>

    init(_ context: Context) {
        self.context = context
        state = Mutex(State(shownAt: context.world.now()))
    }

    /// NO_COLOR and a dumb terminal want no control sequences at all.
    private var isLive: Bool { context.errorTerminal.isColorEnabled }

    func report(_ attempt: Worker.Attempt) {
        let line = AttemptText.line(attempt)
        guard isLive else { return write(line + "\n") }
        let isFailure =
            switch attempt.ending {
            case .done: false
            case .postponed(_, let errorClass): !AttemptClass.waiting.contains(errorClass)
            case .stuck, .leaseLost: true
            }
        let now = context.world.now()
        let status = state.withLock { state in
            switch attempt.ending {
            case .done: state.done += 1
            case .postponed: state.postponed += 1
            case .stuck: state.stuck += 1
            case .leaseLost: break
            }
            return Self.status(&state, at: now, isForced: isFailure)
        }
        guard let status else { return }
        write(Self.clear + (isFailure ? line + "\n" : "") + fitting(status))
    }

    /// A line between the others.
    func note(_ text: String) { write((isLive ? Self.clear : "") + text) }

    /// Ends the line that stays in place.
    func end() {
        if isLive { write(Self.clear) }
    }

    private static func status(_ state: inout State, at now: Instant, isForced: Bool) -> String? {
        let seconds = now.seconds(since: state.shownAt)
        guard isForced || seconds >= pauseSeconds else { return nil }
        let rate = seconds > 0 ? Int(Double(state.total - state.shownTotal) / seconds) : 0
        state.shownAt = now
        state.shownTotal = state.total
        return "\(state.done) done, \(state.postponed) postponed, \(state.stuck) stuck, \(rate)/s"
    }

    private func fitting(_ text: String) -> String {
        TerminalText.truncated(text, to: max(context.errorTerminal.columns - 1, 1))
    }

    /// Back to the beginning of the line, and nothing on it (ECMA-48, EL).
    private static let clear = "\r\u{1B}[K"

    private func write(_ text: String) {
        // The work goes on where nobody reads its log any more.
        try? context.errors.write(text)
    }
}
