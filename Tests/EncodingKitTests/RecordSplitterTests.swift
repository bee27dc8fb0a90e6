import EncodingKit
import Testing

@Suite struct RecordSplitterTests {
    private func records(_ text: String, _ form: RecordSplitter.Form, pieces: Int) -> [RecordSplitter.Record] {
        var splitter = RecordSplitter(form)
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
            ("nothing", "", .csv, []), ("no line end", "a", .csv, [(1, "a")]),
            ("lines", "a\nb\n\nc", .csv, [(1, "a"), (2, "b"), (3, ""), (4, "c")]),
            ("quoted lines", "\"a\nb\",c\nd", .csv, [(1, "\"a\nb\",c"), (3, "d")]),
            ("a later field", "a,\"b\n\",\"\n\"\nd", .csv, [(1, "a,\"b\n\",\"\n\""), (4, "d")]),
            ("doubled quotes", "\"a\"\"\nb\"\nc", .csv, [(1, "\"a\"\"\nb\""), (3, "c")]),
            ("an empty field", "\"\"\nb", .csv, [(1, "\"\""), (2, "b")]),
            ("an open quote takes the rest", "\"a\nb\nc", .csv, [(1, "\"a\nb\nc")]),
            ("a quote in mid-field", "a\"b\nc,d\"\ne", .csv, [(1, "a\"b"), (2, "c,d\""), (3, "e")]),
            ("text behind a closing quote", "\"a\"b\"\nc", .csv, [(1, "\"a\"b\""), (2, "c")]),
            ("carriage returns", "\"a\"\r\n\"\r\n\"", .csv, [(1, "\"a\"\r"), (2, "\"\r\n\"")]),
            ("quotes that mean nothing", "\"a\nb", .lines, [(1, "\"a"), (2, "b")]),
        ] as [(String, String, RecordSplitter.Form, [(Int, String)])], [1, 2, 100])
    func `split`(
        _ example: (name: String, text: String, form: RecordSplitter.Form, expected: [(Int, String)]), pieces: Int
    ) {
        let found = records(example.text, example.form, pieces: pieces)
        #expect(
            found == example.expected.map { RecordSplitter.Record(line: $0.0, bytes: Array($0.1.utf8)) },
            "\(example.name)")
    }

    @Test func `a record that is too long is not kept`() {
        let long = String(repeating: "x", count: RecordSplitter.maximumBytes + 1)
        let found = records("a\n\(long)\nb", RecordSplitter.Form.lines, pieces: 1000)
        #expect(found.map(\.line) == [1, 2, 3] && found.map { $0.bytes?.count } == [1, nil, 1])
    }
}
