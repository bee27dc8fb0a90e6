import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import QueueKit
import WorldKit

/// A server's event log: one line of JSON per event, on standard error.
struct EventLog: Sendable {
    private let context: Context

    init(_ context: Context) { self.context = context }

    /// Writes one line; the server continues if its log has no reader.
    func write(_ json: String) { try? context.errors.write(TerminalText(lines: json + "\n")) }

    /// An attempt that did not complete its task, or a failure of the worker itself.
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
