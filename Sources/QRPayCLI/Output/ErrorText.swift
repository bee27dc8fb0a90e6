import CommandLineKit
import JSONKit
import Payments

/// The format of errors on standard error.
enum ErrorText {
    static func render(_ problem: Problem, asJSON: Bool, style: TextStyle) -> TerminalText {
        if asJSON {
            var error: JSONObject = ["code": problem.code, "message": problem.message, "hint": problem.hint]
            if !problem.details.isEmpty { error["details"] = problem.details }
            let object: JSONObject = ["error": error]
            if let text = try? JSONText.render(object) { return text }
        }
        let code = problem.code == "usage" ? "" : style.dim(" (\(problem.code))")
        let hint: TerminalText = problem.hint.map { "\n  try: \($0)" } ?? ""
        return "\(style.red("qrpay:")) \(problem.message)\(code)\(hint)\n"
    }
}
