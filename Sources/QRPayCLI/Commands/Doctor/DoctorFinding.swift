import CommandLineKit
import JSONKit

/// The result of one check.
struct DoctorFinding: Listed, Sendable {
    enum Verdict: String, Sendable {
        case ok, warning, failed
    }

    /// What was checked.
    var check: String
    var verdict: Verdict
    /// What was found.
    var message: String
    /// What to do; nil if nothing.
    var advice: String?
    /// Whether the store is unusable.
    var isAboutStore = false

    static func ok(_ check: String, _ message: String) -> DoctorFinding {
        DoctorFinding(check: check, verdict: .ok, message: message)
    }

    static func warning(_ check: String, _ message: String, _ advice: String) -> DoctorFinding {
        DoctorFinding(check: check, verdict: .warning, message: message, advice: advice)
    }

    static func failed(_ check: String, _ message: String, _ advice: String) -> DoctorFinding {
        DoctorFinding(check: check, verdict: .failed, message: message, advice: advice)
    }

    var json: JSONObject {
        ["check": check, "verdict": verdict.rawValue, "message": message, "advice": advice]
    }

    static let columns = [
        TextTable.Column("VERDICT"), TextTable.Column("CHECK"), TextTable.Column("FOUND"), TextTable.Column("TO DO"),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell(verdict.rawValue), TextTable.Cell(check), TextTable.Cell(message),
            TextTable.Cell(advice ?? ""),
        ]
    }

    /// The finding for a terminal: untruncated, with the advice on its own line.
    func lines(_ style: TextStyle) -> TerminalText {
        let effect: TextStyle.Effect =
            switch verdict {
            case .ok: .green
            case .warning: .yellow
            case .failed: .red
            }
        let word = style.apply(effect, to: verdict.rawValue)
        let advice: TerminalText = advice.map { "\(padding("", to: 9))try: \($0)\n" } ?? ""
        return "\(word)\(padding(verdict.rawValue, to: 9))\(check)\(padding(check, to: 16))\(message)\n\(advice)"
    }

    private func padding(_ text: String, to columns: Int) -> String {
        String(repeating: " ", count: max(1, columns - TerminalText.width(text)))
    }
}
