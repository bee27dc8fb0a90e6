import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import QueueKit
import Synchronization
import WorldKit

/// A worker's progress on standard error: on a terminal one line that is redrawn, below any failures;
/// elsewhere a line for each attempt.
final class WorkProgress: Sendable {
    private struct State {
        var summary = WorkLoop.Summary()
        var running = 0
        /// Attempts a second, over about the last second.
        var rate = 0
        var ratedAt: Instant
        /// The number of attempts ended by then.
        var ratedTotal = 0
    }

    private let context: Context
    private let line: ProgressLine
    private let isJSON: Bool
    private let state: Mutex<State>

    /// - Parameter isJSON: whether each line of the log is a JSON object.
    init(_ context: Context, asJSON isJSON: Bool) {
        self.context = context
        self.isJSON = isJSON
        line = ProgressLine(context)
        state = Mutex(State(ratedAt: context.world.now()))
    }

    func report(_ attempt: Worker.Attempt) {
        state.withLock { $0.summary.add(attempt.ending) }
        let isFailure =
            switch attempt.ending {
            case .done: false
            case .postponed(_, let errorClass): !AttemptClass.waiting.contains(errorClass)
            case .stuck, .leaseLost: true
            }
        guard isFailure || !line.isShown else { return }
        let json = isJSON ? try? JSONText.line(AttemptText.json(attempt)) : nil
        line.note(json ?? AttemptText.line(attempt))
    }

    func report(running count: Int) { state.withLock { $0.running = count } }

    /// Reports anything other than the end of an attempt.
    func note(_ text: TerminalText) { line.note(text) }

    func show<Value: Sendable>(during body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await line.show({ [self] in status() }, during: body)
    }

    private func status() -> String {
        let now = context.world.now()
        return state.withLock { state in
            let total = state.summary.done + state.summary.postponed + state.summary.stuck
            let seconds = now.seconds(since: state.ratedAt)
            if seconds >= 1 {
                state.rate = Int((Double(total - state.ratedTotal) / seconds).rounded())
                (state.ratedAt, state.ratedTotal) = (now, total)
            }
            return "\(state.running) running, \(state.summary.text), \(state.rate)/s"
        }
    }
}

extension WorkLoop.Summary {
    var text: String { "\(done) done, \(postponed) postponed, \(stuck) stuck" }
}
