/// The capabilities of an output stream.
package struct Terminal: Sendable, Equatable {
    package var isTerminal: Bool
    /// The width for laying out text.
    package var columns: Int
    package var isColorEnabled: Bool

    package init(isTerminal: Bool, columns: Int = 80, isColorEnabled: Bool = false) {
        self.isTerminal = isTerminal
        self.columns = columns
        self.isColorEnabled = isColorEnabled
    }

    /// Determines the capabilities of a stream.
    ///
    /// - Parameters:
    ///   - isTerminal: the result of `isatty` for the stream.
    ///   - windowColumns: the width reported by the terminal, if any.
    ///   - environment: looks up a variable; `NO_COLOR` (no-color.org), `TERM` and `COLUMNS` are used.
    package init(isTerminal: Bool, windowColumns: Int? = nil, environment: (String) -> String?) {
        let known = environment("COLUMNS").flatMap { Int($0) } ?? windowColumns
        self.init(
            isTerminal: isTerminal,
            columns: known.flatMap { $0 > 0 ? min(max($0, 20), 1_000) : nil } ?? 80,
            isColorEnabled: isTerminal && environment("TERM") != "dumb" && (environment("NO_COLOR") ?? "").isEmpty)
    }

    /// Not a terminal: a pipe or a file.
    package static let pipe = Terminal(isTerminal: false)

    package var style: TextStyle { TextStyle(isEnabled: isColorEnabled) }
}
