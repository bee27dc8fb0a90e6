import CommandLineKit
import JSONKit

/// JSON as commands print it, safe for a terminal.
enum JSONText {
    /// One line without a newline, names sorted, slashes unescaped: for logs.
    static func line(_ value: some Encodable) throws -> TerminalText {
        TerminalText(lines: try JSONValue(encoding: value).display(isIndented: false))
    }

    /// A list as ``render(_:)`` formats it, in pieces: it may be long, and its reader may stop early.
    static func write(_ list: some Sequence<JSONObject>, to output: OutputSink) throws {
        var piece = "["
        for (index, item) in list.enumerated() {
            piece += index == 0 ? "\n" : ",\n"
            for line in try text(item).split(separator: "\n", omittingEmptySubsequences: false) {
                piece += line.isEmpty ? "\n" : "  \(line)\n"
            }
            piece.removeLast()
            guard piece.utf8.count > pieceBytes else { continue }
            try output.write(TerminalText(lines: piece))
            piece = ""
        }
        try output.write(TerminalText(lines: piece == "[" ? "[]\n" : piece + "\n]\n"))
    }

    private static let pieceBytes = 1 << 16

    /// Indented, names sorted, slashes unescaped, with a final newline; safe for a terminal.
    static func render(_ value: some Encodable) throws -> TerminalText {
        TerminalText(lines: try text(value) + "\n")
    }

    private static func text(_ value: some Encodable) throws -> String {
        let text = try JSONValue(encoding: value).display(isIndented: true)
        // The writer puts an empty line into an empty list.
        return text == "[\n\n]" ? "[]" : text
    }
}
