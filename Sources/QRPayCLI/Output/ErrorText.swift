import CommandLineKit
import JSONKit
import Payments

/// The format of errors on standard error.
enum ErrorText {
    static func render(_ problem: Problem, asJSON: Bool, style: TextStyle) -> TerminalText {
        if asJSON {
            var error: JSONObject = ["code": problem.code, "message": problem.text, "hint": problem.suggestion]
            if !problem.details.isEmpty { error["details"] = problem.details }
            let object: JSONObject = ["error": error]
            if let text = try? JSONText.render(object) { return text }
        }
        let code = problem.code == "usage" ? "" : style.dim(" (\(problem.code))")
        let hint: TerminalText = problem.suggestion.map { "\n  try: \($0)" } ?? ""
        return "\(style.red("qrpay:")) \(problem.text)\(code)\(hint)\n"
    }
}

extension Problem {
    /// The message, and what happens to an action that was begun.
    fileprivate var text: String {
        isRestStaged ? message + "; the rest is staged and continues with 'qrpay work'" : message
    }
}
