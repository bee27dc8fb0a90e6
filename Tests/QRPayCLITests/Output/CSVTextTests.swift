import Testing

@testable import QRPayCLI

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
        ])
    func cells(name: String, text: String, expected: String) {
        #expect(CSVText.line([.text(text)]) == expected + "\n", "\(name)")
    }

    @Test func numbersStayNumbers() {
        #expect(CSVText.line([.number("-12.05"), .text("-"), .number("0.00")]) == "-12.05,'-,0.00\n")
    }
}
