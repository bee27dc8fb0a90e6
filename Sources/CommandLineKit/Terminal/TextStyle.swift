/// Bold, dim and colours, written only when they are wanted.
///
/// Text is styled after it was escaped and padded: an escape sequence has no width.
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

    package func apply(_ effect: Effect, to text: String) -> String {
        isEnabled && !text.isEmpty ? "\u{1B}[\(effect.rawValue)m\(text)\u{1B}[0m" : text
    }

    package func bold(_ text: String) -> String { apply(.bold, to: text) }
    package func dim(_ text: String) -> String { apply(.dim, to: text) }
    package func red(_ text: String) -> String { apply(.red, to: text) }
    package func green(_ text: String) -> String { apply(.green, to: text) }
    package func yellow(_ text: String) -> String { apply(.yellow, to: text) }
    package func cyan(_ text: String) -> String { apply(.cyan, to: text) }
}
