import CommandLineKit
import DrawingKit

/// How a QR code is drawn on a terminal.
extension QRCode.TerminalStyle {
    static let option = Option(
        "qr-style", "STYLE", ValueParser<QRCode.TerminalStyle>.word, summary: "How to draw the QR code as text")

    /// The style that suits the terminal: with colors if it has them. Without, the theme must be known: most are
    /// dark, and some terminals give theirs in `COLORFGBG`, by the number of the background color.
    init(_ terminal: Terminal, environment: [String: String]) {
        guard !terminal.isColorEnabled else {
            self = .ansi
            return
        }
        let background = environment["COLORFGBG"]?.split(separator: ";").last.flatMap { Int($0) }
        self = background == 7 || background == 15 ? .light : .dark
    }
}
