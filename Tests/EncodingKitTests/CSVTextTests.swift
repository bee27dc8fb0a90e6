import EncodingKit
import Testing

@Suite struct CSVTextTests {
    @Test(
        arguments: [
            ("plain", "abc", "abc"), ("nothing", "", ""), ("a comma", "a,b", "\"a,b\""),
            ("quotes", "a \"b\"", "\"a \"\"b\"\"\""), ("a line end", "a\nb", "\"a\nb\""), ("Cyrillic", "Борщ", "Борщ"),
            ("=", "=1+1", "'=1+1"), ("+", "+1", "'+1"), ("-", "-1", "'-1"), ("@", "@SUM(A1)", "'@SUM(A1)"),
            ("a tab", "\t=1", "'\t=1"), ("a carriage return", "\r=1", "\"'\r=1\""),
            ("blanks before", "  =1", "'  =1"), ("full width", "＝1", "'＝1"),
            ("a formula with quotes", "=HYPERLINK(\"http://x\",1)", "\"'=HYPERLINK(\"\"http://x\"\",1)\""),
            ("a sign within", "a=b", "a=b"),
            ("an accent on a quote", "a\"\u{301},b", "\"a\"\"\u{301},b\""),
            ("a formula behind such a quote", "x\"\u{301},=1+1", "\"x\"\"\u{301},=1+1\""),
            ("an accent on a comma", "a,\u{301}b", "\"a,\u{301}b\""), ("CR and LF", "a\r\nb", "\"a\r\nb\""),
            ("an accent on =", "=\u{301}1", "'=\u{301}1"), ("a no-break space before", "\u{A0}=1", "'\u{A0}=1"),
            ("a byte order mark before", "\u{FEFF}=1", "'\u{FEFF}=1"),
            ("a zero-width one", "\u{200B}+1", "'\u{200B}+1"),
            ("a control character before", "\u{1}=1", "'\u{1}=1"), ("a date", "2026-01-31", "2026-01-31"),
        ])
    func `cells are quoted where necessary`(name: String, text: String, expected: String) {
        #expect(CSVText.line([.text(text)]) == expected + "\n", "\(name)")
    }

    @Test func `numbers stay numbers`() {
        #expect(CSVText.line([.number("-12.05"), .text("-"), .number("0.00")]) == "-12.05,'-,0.00\n")
    }
}
