import CommandLineKit
import Testing

@testable import FiscalReceipts

struct LinesTests {
    @Test(arguments: [
        ("0.99", [["0.99"]]), ("999.99", [["999.99"]]), ("1000.00", [["1", "000.00"]]),
        ("12345678.90", [["12", "345", "678.90"]]), ("−1234.50", [["−"], ["1", "234.50"]]),
        ("0.154 кг × 3890.00", [["0.154 кг × "], ["3", "890.00"]]), ("1000.00 ₽", [["1", "000.00"], [" ₽"]]),
        ("1000.00 × 2000.00", [["1", "000.00"], [" × "], ["2", "000.00"]]),
        ("9960440300123456", [["9960440300123456"]]), ("1234.567", [["1234.567"]]),
        ("31.01.2026 20:15", [["31.01.2026 20:15"]]),
        ("12345.", [["12345."]]), ("", [[""]]), ("Кафе 1000.0", [["Кафе 1000.0"]]),
    ])
    func `amounts are set in groups of three digits`(text: String, parts: [[String]]) {
        #expect(Figures.parts(of: text) == parts)
        #expect(parts.joined().joined() == text)
    }

    @Test(arguments: [
        ("a b", 9, ["a b"]), ("", 9, []), ("aaaa bbb cc", 9, ["aaaa bbb", "cc"]), ("a  b", 9, ["a b"]),
        ("aaaaaaaaaaaa b", 9, ["aaaaaaaaa", "aaa b"]), ("a bbbbbbbbbbbb", 9, ["a bbbbbbb", "bbbbb"]),
        ("日本料理 日本", 8, ["日本料理", "日本"]), ("a日本料理", 4, ["a日", "本料", "理"]), ("日本", 1, ["日", "本"]),
    ])
    func `lines are broken at spaces, by column width`(text: String, width: Int, lines: [String]) {
        #expect(TextLines.wrap(text, to: width) == lines)
    }

    @Test(
        arguments: [
            ("aaa bbb", 9, ["aaa bbb"]), ("aaa bbb ccc ddd", 12, ["aaa bbb", "ccc ddd"]),
            ("aaa ул. bbb ccc", 12, ["aaa ул. bbb", "ccc"]), ("aaaa bbb ул. cc", 14, ["aaaa bbb", "ул. cc"]),
            ("aaaaaaaaaaa b", 9, nil), ("", 9, nil),
        ] as [(String, Double, [String]?)])
    func `centered lines are balanced`(text: String, width: Double, lines: [String]?) {
        let found = BalancedLines.lines(of: text, width: width) { Double(TerminalText.width($0)) }
        #expect(found == lines)
    }
}
