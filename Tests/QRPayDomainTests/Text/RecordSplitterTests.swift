import Testing

@testable import QRPayDomain

@Suite struct RecordSplitterTests {
    private func records(_ text: String, quote: UInt8?, pieces: Int) -> [RecordSplitter.Record] {
        var splitter = RecordSplitter(quote: quote)
        var records: [RecordSplitter.Record] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            splitter.append(Array(rest.prefix(pieces))) { records.append($0) }
            rest = rest.dropFirst(pieces)
        }
        splitter.finish { records.append($0) }
        return records
    }

    @Test(
        arguments: [
            ("nothing", "", true, []), ("no line end", "a", true, [(1, "a")]),
            ("lines", "a\nb\n\nc", true, [(1, "a"), (2, "b"), (3, ""), (4, "c")]),
            ("quoted lines", "\"a\nb\",c\nd", true, [(1, "\"a\nb\",c"), (3, "d")]),
            ("doubled quotes", "\"a\"\"\nb\"\nc", true, [(1, "\"a\"\"\nb\""), (3, "c")]),
            ("an open quote takes the rest", "\"a\nb\nc", true, [(1, "\"a\nb\nc")]),
            ("quotes that mean nothing", "\"a\nb", false, [(1, "\"a"), (2, "b")]),
        ] as [(String, String, Bool, [(Int, String)])], [1, 2, 100])
    func split(_ example: (name: String, text: String, isQuoting: Bool, expected: [(Int, String)]), pieces: Int) {
        let found = records(example.text, quote: example.isQuoting ? UInt8(ascii: "\"") : nil, pieces: pieces)
        #expect(
            found == example.expected.map { RecordSplitter.Record(line: $0.0, bytes: Array($0.1.utf8)) },
            "\(example.name)")
    }

    @Test func whatIsTooLongIsNotKept() {
        let long = String(repeating: "x", count: RecordSplitter.maximumBytes + 1)
        let found = records("a\n\(long)\nb", quote: nil, pieces: 1000)
        #expect(found.map(\.line) == [1, 2, 3] && found.map { $0.bytes?.count } == [1, nil, 1])
    }
}
