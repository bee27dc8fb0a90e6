import CommandLineKit
import DrawingKit

/// How a QR code is drawn on a terminal.
extension QRCode.TerminalStyle {
    static let option = OptionSpec(
        name: "qr-style", value: "STYLE", completion: .values(allCases.map(\.rawValue)),
        summary: "How the QR code is drawn as text")

    /// The one that suits the terminal: with colours where it has them. Without, the theme has to be known: most are
    /// dark, and some terminals tell theirs in `COLORFGBG`, by the number of the background's colour.
    init(_ terminal: Terminal, environment: [String: String]) {
        guard !terminal.isColorEnabled else {
            self = .ansi
            return
        }
        let background = environment["COLORFGBG"]?.split(separator: ";").last.flatMap { Int($0) }
        self = background == 7 || background == 15 ? .light : .dark
    }
}
