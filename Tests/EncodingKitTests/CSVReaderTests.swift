import EncodingKit
import Testing

@Suite struct CSVReaderTests {
    func records(_ text: String) throws(CSVError) -> [CSVRecord] {
        var reader = CSVReader(text: Array(text.utf8))
        var records: [CSVRecord] = []
        while let record = try reader.next() { records.append(record) }
        return records
    }

    @Test(
        arguments: [
            ("nothing", "", []), ("blank lines", "\n\r\n\n", []), ("no line end", "a,b", [(1, ["a", "b"])]),
            ("line feeds", "a,b\nc,d\n", [(1, ["a", "b"]), (2, ["c", "d"])]),
            ("carriage returns", "a,b\r\nc,d\r\n", [(1, ["a", "b"]), (2, ["c", "d"])]),
            ("empty fields", ",\n,,", [(1, ["", ""]), (2, ["", "", ""])]),
            ("a comma in quotes", "\"a,b\",c", [(1, ["a,b", "c"])]),
            ("doubled quotes", "\"a \"\"b\"\"\",\"\"\"\"", [(1, ["a \"b\"", "\""])]),
            ("empty quotes", "\"\",a", [(1, ["", "a"])]),
            ("lines in quotes", "\"a\r\nb\",c\nd,e", [(1, ["a\r\nb", "c"]), (3, ["d", "e"])]),
            ("blank lines between", "a\n\n\nb", [(1, ["a"]), (4, ["b"])]),
            ("blanks stay", " a , b ", [(1, [" a ", " b "])]),
            ("a lone carriage return is text", "a\rb,c\r", [(1, ["a\rb", "c\r"])]),
            ("control characters", "a\u{0}\u{1B},b", [(1, ["a\u{0}\u{1B}", "b"])]),
            ("Cyrillic", "Борщ,540", [(1, ["Борщ", "540"])]),
        ] as [(String, String, [(Int, [String])])])
    func `read`(name: String, text: String, expected: [(Int, [String])]) throws {
        let records = try records(text)
        #expect(records.map(\.line) == expected.map(\.0) && records.map(\.fields) == expected.map(\.1))
    }

    @Test(
        arguments: [
            ("open quote", "a\n\"b\nc\n", 2, CSVError.Flaw.openQuote), ("a lone quote", "\"", 1, .openQuote),
            ("odd quotes", "\"a\"\"", 1, .openQuote),
            ("text after a quote", "\"a\"b", 1, .strayQuote), ("a blank after a quote", "a,\"b\" \n", 1, .strayQuote),
            ("a quote within bare text", "a\nb\"c", 2, .strayQuote),
            ("a blank before a quote", "a, \"b\"", 1, .strayQuote),
        ] as [(String, String, Int, CSVError.Flaw)])
    func `refused`(name: String, text: String, line: Int, flaw: CSVError.Flaw) {
        #expect(throws: CSVError(line: line, flaw: flaw)) { try records(text) }
    }
}
