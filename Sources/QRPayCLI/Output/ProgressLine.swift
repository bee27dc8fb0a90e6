import CommandLineKit
import QRPayDomain

/// One line on a terminal that is written over as work goes on; nothing where there is no terminal, or with `NO_COLOR`.
struct ProgressLine {
    private let context: Context
    private var shownAt: Instant?

    init(_ context: Context) { self.context = context }

    /// Shows a text in place of the last one, at most ten times a second.
    mutating func show(_ text: String) {
        guard context.errorTerminal.isColorEnabled else { return }
        let now = context.world.now()
        if let shownAt, now < shownAt.advanced(bySeconds: 0.1) { return }
        shownAt = now
        // A terminal that has gone away is nobody's loss.
        try? context.errors.write("\r\(TerminalText.escaped(text))\u{1B}[K")
    }

    mutating func clear() {
        if shownAt != nil { try? context.errors.write("\r\u{1B}[K") }
        shownAt = nil
    }
}
