import PaymentCore
import Testing

@Suite struct SeedFormTests {
    static let text = """
        {
          "client_id": "cafe", "internal_order_id": "i-1",
          "bill": {"currency": "RUB",
          "amount": "120.50", "elements": [{"name": "Суп", "amount": 100}, {"name": "Чай", "amount": 20.5}]}
        }
        """

    @Test func `read`() throws {
        let (bill, warnings, format) = try readBill(Self.text, isStrict: true)
        #expect(format == .seed)
        #expect(warnings.isEmpty)
        #expect(
            bill
                == Bill(
                    clientID: "cafe", internalOrderID: "i-1", amount: rub(12_050),
                    lines: [BillLine(name: "Суп", amount: rub(10_000)), BillLine(name: "Чай", amount: rub(2_050))]))
    }

    /// The document that describes the format has 100 against a line of 120.
    @Test func `lines that do not add up`() throws {
        let text = Self.text.replacing("\"120.50\"", with: "\"100\"")
        let (bill, warnings, _) = try readBill(text)
        #expect(bill.amount == rub(10_000))
        #expect(bill.lines.count == 2)
        let total = rub(10_000)
        #expect(
            warnings == [
                BillWarning(kind: .linesDoNotAddUp(total: total, lines: rub(12_050)), place: .field("bill.amount"))
            ])
        #expect(
            refusal(text, isStrict: true)
                == BillError(
                    .whole,
                    .warnings([
                        BillWarning(
                            kind: .linesDoNotAddUp(total: total, lines: rub(12_050)), place: .field("bill.amount"))
                    ])))
    }

    @Test(
        arguments: [
            ("a string", "\"120.50\"", "RUB", 12_050), ("a number", "120.50", "RUB", 12_050),
            ("one decimal", "120.5", "RUB", 12_050),
            ("a whole number", "120", "RUB", 12_000),
            ("no double holds it", "90071992547409.93", "RUB", 9_007_199_254_740_993),
            ("the largest", "92233720368547758.07", "RUB", .max), ("the smallest", "0.01", "RUB", 1),
            ("a tenth", "0.1", "RUB", 10),
            ("yen", "120", "JPY", 120), ("dinar", "1.234", "KWD", 1_234),
        ] as [(String, String, String, Int64)])
    func `amounts`(name: String, written: String, currency: String, units: Int64) throws {
        let text = """
            {"client_id":"c","internal_order_id":"i","bill":{"currency":"\(currency)","amount":\(written),
            "elements":[{"name":"a","amount":\(written)}]}}
            """
        let (bill, warnings, _) = try readBill(text)
        #expect(bill.amount.minorUnits == units)
        #expect(bill.amount.currency.code == currency)
        #expect(warnings.isEmpty)
    }

    @Test(
        arguments: [
            ("three decimals", "20.505", .money(.tooPrecise("20.505", digits: 2))),
            ("zeros too many in a string", "\"20.500\"", .money(.tooPrecise("20.500", digits: 2))),
            ("an exponent in a string", "\"1e3\"", .money(.notDecimal("1e3"))),
            ("noise in a string", "\"0.30000000000000004\"", .money(.tooPrecise("0.30000000000000004", digits: 2))),
            ("a huge exponent", "1e400", .money(.overflow)),
            ("the hugest exponent", "1e99999999999999999999", .money(.overflow)),
            ("forty digits", String(repeating: "9", count: 40), .money(.overflow)),
            ("overflow", "92233720368547758.08", .money(.overflow)),
            ("an empty string", "\"\"", .money(.notDecimal(""))), ("blanks", "\" 1\"", .money(.notDecimal(" 1"))),
            ("a comma", "\"1,5\"", .money(.notDecimal("1,5"))),
            ("plus", "\"+1\"", .money(.notDecimal("+1"))),
            ("with its currency", "\"1 RUB\"", .money(.notDecimal("1 RUB"))),
            ("NaN as a string", "\"NaN\"", .money(.notDecimal("NaN"))),
            ("true", "true", .wrongType(expected: .decimal)),
            ("null", "null", .missing), ("an object", "{}", .wrongType(expected: .decimal)),
            ("an array", "[1]", .wrongType(expected: .decimal)),
        ] as [(String, String, BillError.Reason)])
    func `bad amounts`(name: String, written: String, reason: BillError.Reason) {
        let line = Self.text.replacing("20.5}", with: written + "}")
        #expect(refusal(line) == BillError(.field("bill.elements[1].amount"), reason))
        let total = Self.text.replacing("\"120.50\"", with: written)
        #expect(refusal(total) == BillError(.field("bill.amount"), reason))
    }

    @Test(
        arguments: [
            ("no restaurant", "\"client_id\": \"cafe\", ", "", "client_id", .missing),
            ("a numeric restaurant", "\"cafe\"", "7", "client_id", .wrongType(expected: .string)),
            ("a slash in an id", "\"cafe\"", "\"a/b\"", "client_id", .notAnIdentifier("a/b")),
            ("an empty id", "\"cafe\"", "\"\"", "client_id", .notAnIdentifier("")),
            ("a parent directory", "\"i-1\"", "\"..\"", "internal_order_id", .notAnIdentifier("..")),
            ("no bill id", "\"i-1\"", "null", "internal_order_id", .missing),
            ("an unknown currency", "RUB", "XXX", "bill.currency", .money(.unknownCurrency("XXX"))),
            ("a lower-case currency", "RUB", "rub", "bill.currency", .money(.unknownCurrency("rub"))),
            ("a numeric currency", "\"RUB\"", "643", "bill.currency", .wrongType(expected: .string)),
            ("no total", "\"amount\": \"120.50\", ", "", "bill.amount", .missing),
            ("a total of nothing", "120.50", "0", "bill.amount", .nothingToPay),
            ("a total below zero", "120.50", "-0.01", "bill.amount", .negativeTotal(rub(-1))),
            ("no name", "\"name\": \"Чай\", ", "", "bill.elements[1].name", .missing),
            ("a name that is null", "\"Чай\"", "null", "bill.elements[1].name", .missing),
            (
                "too long a name", "Чай", String(repeating: "я", count: 1_001), "bill.elements[1].name",
                .nameTooLong(codePoints: 1_001)
            ),
            (
                "an endless grapheme", "Чай", "a" + String(repeating: "\u{301}", count: 1_000), "bill.elements[1].name",
                .nameTooLong(codePoints: 1_001)
            ),
            (
                "a line that is text", "{\"name\": \"Суп\", \"amount\": 100}", "\"Суп\"", "bill.elements[0]",
                .wrongType(expected: .object)
            ),
            ("a line that is null", "{\"name\": \"Суп\", \"amount\": 100}", "null", "bill.elements[0]", .missing),
            (
                "lines that are an object",
                "[{\"name\": \"Суп\", \"amount\": 100}, {\"name\": \"Чай\", \"amount\": 20.5}]", "{}", "bill.elements",
                .wrongType(expected: .array)
            ),
            (
                "no lines", "{\"name\": \"Суп\", \"amount\": 100}, {\"name\": \"Чай\", \"amount\": 20.5}", "",
                "bill.elements", .noLines
            ),
            ("lines missing", "\"elements\"", "\"lines\"", "bill.elements", .noLines),
            ("lines beyond 64 bits", "20.5}", "92233720368547758}", "bill.elements", .money(.overflow)),
            ("a bill that is text", "\"bill\": {", "\"bill\": \"\", \"x\": {", "bill", .wrongType(expected: .object)),
        ] as [(String, String, String, String, BillError.Reason)])
    func `refused`(name: String, part: String, replacement: String, place: String, reason: BillError.Reason) throws {
        var text = Self.text
        text.replaceSubrange(try #require(text.firstRange(of: part)), with: replacement)
        #expect(refusal(text) == BillError(.field(place), reason))
    }

    @Test(arguments: [
        ("300 characters", String(repeating: "щ", count: 300)), ("the longest", String(repeating: "щ", count: 1_000)),
        ("control characters", "a\u{1B}[31m\u{0}\u{7F}\n"), ("right to left", "\u{202E}abc"),
        ("blanks around", "  Суп  "), ("emoji", "🍲"),
    ])
    func `names are kept`(name: String, text: String) throws {
        let escaped = text.unicodeScalars.map {
            $0.value < 0x20 ? "\\u00" + ($0.value < 16 ? "0" : "") + String($0.value, radix: 16) : String($0)
        }.joined()
        let (bill, _, _) = try readBill(Self.text.replacing("Суп", with: escaped))
        #expect(bill.lines[0].name == text)
    }

    @Test func `zero lines are fine`() throws {
        let (bill, warnings, _) = try readBill(
            Self.text.replacing("20.5}", with: "20.5}, {\"name\": \"Вода\", \"amount\": 0}"))
        #expect(bill.lines.count == 3)
        #expect(warnings.isEmpty)
    }

    @Test func `number of lines is bounded`() throws {
        func text(_ count: Int) -> String {
            let elements = repeatElement("{\"name\":\"a\",\"amount\":1}", count: count).joined(separator: ",")
            return
                #"{"client_id":"c","internal_order_id":"i","#
                + #""bill":{"currency":"RUB","amount":1,"elements":[\#(elements)]}}"#
        }
        #expect(try readBill(text(10_000)).bill.lines.count == 10_000)
        #expect(refusal(text(10_001)) == BillError(.field("bill.elements"), .tooManyLines(10_001)))
    }

    @Test(
        arguments: [
            ("nobody in particular", nil, nil, nil, nil), ("the same", "cafe", "i-1", "RUB", nil),
            (
                "another restaurant", "bar", nil, nil,
                BillError(.field("client_id"), .differs(asked: "bar", found: "cafe"))
            ),
            (
                "another bill", nil, "i-2", nil,
                BillError(.field("internal_order_id"), .differs(asked: "i-2", found: "i-1"))
            ),
            (
                "another currency", nil, nil, "EUR",
                BillError(.field("bill.currency"), .differs(asked: "EUR", found: "RUB"))
            ),
            ("no restaurant", "a b", nil, nil, BillError(.field("restaurant"), .notAnIdentifier("a b"))),
            ("no bill", nil, "", nil, BillError(.field("bill id"), .notAnIdentifier(""))),
            ("no currency", nil, nil, "rubles", BillError(.field("currency"), .money(.unknownCurrency("rubles")))),
        ] as [(String, String?, String?, String?, BillError?)])
    func `other restaurant, bill or currency than requested`(
        name: String, restaurant: String?, billID: String?, currency: String?, expected: BillError?
    ) {
        #expect(refusal(Self.text, restaurant: restaurant, billID: billID, currency: currency) == expected)
    }

    @Test func `unknown members are ignored`() throws {
        #expect(
            try readBill(Self.text.replacing("\"client_id\"", with: "\"table\": [7, null], \"client_id\"")).bill
                .clientID == "cafe")
    }
}
