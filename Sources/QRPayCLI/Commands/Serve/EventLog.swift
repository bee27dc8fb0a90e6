import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import WorldKit

/// What a server tells its operators: a line of JSON an event, on standard error.
struct EventLog: Sendable {
    private let context: Context

    init(_ context: Context) { self.context = context }

    /// Writes one line; the server goes on where nobody reads its log any more.
    func write(_ json: String) { try? context.errors.write(TerminalText(lines: json + "\n")) }

    /// An attempt that did not simply finish its task, or what kept a worker from working.
    func write(_ attempt: Result<Worker.Attempt, any Error>, at instant: Instant) {
        let event: JSONObject
        switch attempt {
        case .success(let attempt):
            if attempt.ending == .done { return }
            event = AttemptText.json(attempt)
        case .failure(let error):
            let problem = Problem(error)
            event = ["at": instant.rfc3339, "event": "worker", "code": problem.code, "error": problem.message]
        }
        if let line = try? JSONText.line(event) { write(line.text) }
    }
}
