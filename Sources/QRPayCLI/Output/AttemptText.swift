import CommandLineKit
import QRPayDomain
import QRPayServices

/// An attempt as a line of a worker's log.
enum AttemptText {
    static func line(_ attempt: Worker.Attempt) -> String {
        let task = attempt.task
        let ending =
            switch attempt.ending {
            case .done: "done"
            case .postponed(let until, let errorClass): "again at \(until.rfc3339) (\(errorClass))"
            case .stuck(let errorClass): "stuck (\(errorClass))"
            case .leaseLost: "lease lost"
            }
        let message = attempt.message.map { ": \(TerminalText.escaped($0))" } ?? ""
        return "\(task.kind.rawValue) \(task.key) attempt \(task.attempts) \(ending)\(message)"
    }
}
