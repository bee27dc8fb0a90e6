import CommandLineKit
import JSONKit

/// A JSON array printed element by element, without keeping them in memory.
struct JSONList {
    private let output: OutputSink
    private var isBegun = false

    init(_ output: OutputSink) { self.output = output }

    mutating func append(_ element: some Encodable) throws {
        let text = TerminalText(drawn: String(try JSONText.render(element).text.dropLast()))
        try output.write((isBegun ? ",\n" : "[\n") + text)
        isBegun = true
    }

    func finish() throws { try output.write(isBegun ? "\n]\n" : "[]\n") }

    /// Closes the list, so that the elements so far can be read.
    func breakOff() throws {
        if isBegun { try output.write("\n]\n") }
    }
}
