/// Bold, dim and colors, written only if enabled.
///
/// Styling escapes the text. Pad it first, because an escape sequence has no width.
package struct TextStyle: Sendable, Equatable {
    package var isEnabled: Bool

    package init(isEnabled: Bool) {
        self.isEnabled = isEnabled
    }

    /// Leaves text unstyled.
    package static let plain = TextStyle(isEnabled: false)

    /// A text effect; the raw value is its SGR parameter (ECMA-48, 8.3.117).
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
