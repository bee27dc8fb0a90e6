import JSONKit
import Testing
import WorldKit

@testable import PaymentCore

@Suite struct LedgerReaderTests {
    private static let header = "id,key,order_id,uid,kind,currency,amount,at"
    private static let line = "cb-1,o-1,o,anna,accrual,RUB,12.05,2026-01-31T09:30:00Z"
    private static let json =
        #"{"id":"cb-1","key":"o-1","order_id":"o","uid":"anna","kind":"accrual","currency":"RUB","#
        + #""amount":"12.05","at":"2026-01-31T09:30:00Z"}"#

    private func entries(_ bytes: [UInt8], pieces: Int = 64 << 10) -> [LedgerReader.Entry] {
        var reader = LedgerReader()
        var entries: [LedgerReader.Entry] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            reader.append(Array(rest.prefix(pieces))) { entries.append($0) }
            rest = rest.dropFirst(pieces)
        }
        reader.finish { entries.append($0) }
        return entries
    }

    private func entries(_ text: String, pieces: Int = 64 << 10) -> [LedgerReader.Entry] {
        entries(Array(text.utf8), pieces: pieces)
    }

    @Test(
        arguments: [
            ("CSV", "\(header)\n\(line)\n"), ("no line end", "\(header)\n\(line)"),
            ("carriage returns", "\(header)\r\n\(line)\r\n\r\n"), ("a byte order mark", "\u{FEFF}\(header)\n\(line)"),
            ("quotes", "\(header)\n\"cb-1\",o-1,o,anna,accrual,RUB,\"12.05\",2026-01-31T09:30:00Z"),
            (
                "other columns, another order",
                "at,note,amount,currency,kind,uid,order_id,key,id\n"
                    + "2026-01-31T09:30:00Z,\"a\nb\",12.05,RUB,accrual,anna,o,o-1,cb-1"
            ),
            ("JSON lines", "\(json)\n\n\(json)".replacing("\n\n\(json)", with: "\n\n")),
            ("JSON with blanks", " \n \(json)"),
            ("a number", json.replacing(#""12.05""#, with: "12.05")),
            ("another member", json.replacing("{", with: #"{"x":[1],"#)),
        ], [1, 7, 1000])
    func `read`(_ example: (name: String, text: String), pieces: Int) throws {
        let found = try entries(example.text, pieces: pieces).map { try $0.row.get() }
        #expect(
            found == [
                CashbackLedgerRow(
                    id: "cb-1",
                    entry: CashbackEntry(key: "o-1", orderID: "o", uid: "anna", kind: .accrual, amount: rub(1_205)),
                    at: try #require(Instant(rfc3339: "2026-01-31T09:30:00Z")))
            ], "\(example.name)")
    }

    @Test(
        arguments: [
            ("nothing", "", 1, LedgerFlaw.empty), ("blanks", " \n\n", 1, .empty),
            (
                "another header", "id,key,order,uid,kind,currency,amount,at\n\(line)", 1,
                .unknownForm("id,key,order,uid,kind,currency,amount,at")
            ),
            ("a column twice", "\(header),id\n\(line),x", 1, .unknownForm("\(header),id")),
            ("no header", "\(line)\n\(line)", 1, .unknownForm(line)),
            ("a JSON array", "[\(json)]", 1, .csv(.strayQuote)),
            (
                "a line that ends early", "\(header)\n\(line)\ncb-2,o-2,o,anna,accr", 3,
                .csv(.fieldCount(expected: 8, actual: 5))
            ),
            ("a time that ends early", "\(header)\n\(line.dropLast())", 2, .badTime("2026-01-31T09:30:00")),
            (
                "too many digits", "\(header)\n\(line.replacing("12.05", with: "12.050"))", 2,
                .amount(.tooPrecise("12.050", digits: 2))
            ),
            (
                "digits that yen have not", "\(header)\n\(line.replacing("RUB", with: "JPY"))", 2,
                .amount(.tooPrecise("12.05", digits: 0))
            ),
            ("too large", "\(header)\n\(line.replacing("12.05", with: "92233720368547758.08"))", 2, .amount(.overflow)),
            ("no number", "\(header)\n\(line.replacing("12.05", with: "1e3"))", 2, .amount(.notDecimal("1e3"))),
            (
                "another currency's code", "\(header)\n\(line.replacing("RUB", with: "rub"))", 2,
                .amount(.unknownCurrency("rub"))
            ),
            ("another kind", "\(header)\n\(line.replacing("accrual", with: "gift"))", 2, .unknownKind("gift")),
            ("no id", "\(header)\n\(line.dropFirst(4))", 2, .missing("id")),
            ("an open quote", "\(header)\n\"\(line)\n\(line)", 2, .csv(.openQuote)),
            ("a stray quote", "\(header)\n\(line.replacing("anna", with: "an\"na\""))", 2, .csv(.strayQuote)),
            ("JSON without a field", json.replacing(#""uid":"anna","#, with: ""), 1, .missing("uid")),
            ("JSON cut off", "\(json)\n\(json.dropLast(3))", 2, .json(.unexpectedEnd)),
            ("no object", "\(json)\n[]", 2, .notAnObject),
            ("a name twice", json.replacing("{", with: #"{"id":"x","#), 1, .json(.duplicateName("id"))),
        ] as [(String, String, Int, LedgerFlaw)])
    func `refused`(name: String, text: String, line: Int, flaw: LedgerFlaw) {
        let flaws = entries(text).compactMap { entry -> (Int, LedgerFlaw)? in
            if case .failure(let flaw) = entry.row { (entry.line, flaw) } else { nil }
        }
        #expect(flaws.count == 1 && flaws.first?.0 == line && flaws.first?.1 == flaw, "\(name): \(flaws)")
        #expect(flaws.allSatisfy { !$0.1.message.isEmpty })
    }

    @Test func `invalid UTF-8`() {
        let bytes = Array("\(Self.header)\n".utf8) + [0xFF] + Array(Self.line.utf8)
        guard case .failure(.notUTF8)? = entries(bytes).first?.row else {
            Issue.record("\(entries(bytes))")
            return
        }
    }

    @Test func `a broken line affects no other`() {
        let stray = Self.line.replacing("anna", with: "an\"na")
        let long = String(repeating: "y", count: 100_000)
        let text = [Self.header, Self.line, "x", Self.line, long, Self.line, stray, Self.line].joined(separator: "\n")
        let found = entries(text).map { entry in
            if case .success = entry.row { "\(entry.line) read" } else { "\(entry.line) refused" }
        }
        #expect(found == ["2 read", "3 refused", "4 read", "5 refused", "6 read", "7 refused", "8 read"])
    }

    @Test(arguments: [("CSV", "\(header)\n"), ("JSON lines", "")])
    func `leading blanks are dropped as they arrive`(name: String, header: String) {
        var reader = LedgerReader()
        let blanks = [UInt8](repeating: UInt8(ascii: "\n"), count: 64 << 10)
        for _ in 0..<128 {
            reader.append(blanks) { Issue.record("\($0)") }
            #expect(reader.beginning.isEmpty, "nothing is looked at twice")
        }
        var lines: [Int] = []
        let row = name == "CSV" ? Self.line : Self.json
        for text in [header, "\(row)\n\n\(row)\n"] { reader.append(Array(text.utf8)) { lines.append($0.line) } }
        reader.finish { lines.append($0.line) }
        let first = (8 << 20) + (name == "CSV" ? 2 : 1)
        #expect(lines == [first, first + 2])
    }

    @Test(
        arguments: [
            ("of itself", "\u{FEFF}", 1, LedgerFlaw.empty), ("with blanks", "\u{FEFF}\n \n", 1, .empty),
            ("twice", "\u{FEFF}\u{FEFF}\(header)", 1, .unknownForm("\u{FEFF}\(header)")),
            ("behind blanks", "\n\u{FEFF}\(header)", 2, .unknownForm("\u{FEFF}\(header)")),
        ], [1, 2, 1000])
    func `a byte order mark is not part of the text`(
        _ example: (name: String, text: String, line: Int, flaw: LedgerFlaw), pieces: Int
    ) {
        let found = entries(example.text, pieces: pieces)
        #expect(found.map(\.line) == [example.line], "\(example.name)")
        guard case .failure(example.flaw)? = found.first?.row else {
            Issue.record("\(example.name): \(found)")
            return
        }
    }
}
