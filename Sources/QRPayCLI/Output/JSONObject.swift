import CommandLineKit
import JSONKit

/// A JSON object for output: names unchanged, nil as `null`.
struct JSONObject: Encodable, ExpressibleByDictionaryLiteral {
    private var fields: [(name: String, value: (any Encodable)?)]

    init(dictionaryLiteral elements: (String, (any Encodable)?)...) {
        fields = elements.map { (name: $0.0, value: $0.1) }
    }

    subscript(name: String) -> (any Encodable)? {
        get { fields.first { $0.name == name }?.value }
        set {
            fields.removeAll { $0.name == name }
            fields.append((name, newValue))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        for (name, value) in fields {
            let key = Name(stringValue: name)
            if let value {
                try value.encode(to: container.superEncoder(forKey: key))
            } else {
                try container.encodeNil(forKey: key)
            }
        }
    }

    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

enum JSONText {
    /// One line without a newline, names sorted, slashes unescaped: for logs.
    static func line(_ value: some Encodable) throws -> TerminalText {
        TerminalText(lines: JSONValue.escapingInvisible(String(decoding: try JSON.encode(value), as: UTF8.self)))
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
        let text = String(decoding: try JSON.encodeIndented(value), as: UTF8.self)
        // The encoder puts an empty line into an empty list.
        return text == "[\n\n]" ? "[]" : JSONValue.escapingInvisible(text)
    }
}
