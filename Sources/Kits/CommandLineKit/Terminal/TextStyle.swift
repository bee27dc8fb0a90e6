/// Bold, dim and colours, written only when they are wanted.
///
/// Text is escaped when it is styled. It is padded before: an escape sequence has no width.
package struct TextStyle: Sendable, Equatable {
    package var isEnabled: Bool

    package init(isEnabled: Bool) {
        self.isEnabled = isEnabled
    }

    /// Leaves every text as it is.
    package static let plain = TextStyle(isEnabled: false)

    /// One way to make text stand out; the raw value is its SGR parameter (ECMA-48, 8.3.117).
    package enum Effect: Int, Sendable {
        case bold = 1
        case dim = 2
        case red = 31
        case green = 32
        case yellow = 33
        case cyan = 36
    }

    package func apply(_ effect: Effect, to text: String) -> TerminalText {
        isEnabled && !text.isEmpty ? "\u{1B}[\(effect.rawValue)m\(text)\u{1B}[0m" : "\(text)"
    }

    package func bold(_ text: String) -> TerminalText { apply(.bold, to: text) }
    package func dim(_ text: String) -> TerminalText { apply(.dim, to: text) }
    package func red(_ text: String) -> TerminalText { apply(.red, to: text) }
    package func green(_ text: String) -> TerminalText { apply(.green, to: text) }
    package func yellow(_ text: String) -> TerminalText { apply(.yellow, to: text) }
    package func cyan(_ text: String) -> TerminalText { apply(.cyan, to: text) }
}
