import CommandLineKit
import JSONKit

/// A JSON array that is printed element by element, keeping none of them.
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

    /// Ends a list that was begun, so that what is there so far can be read.
    func breakOff() throws {
        if isBegun { try output.write("\n]\n") }
    }
}
