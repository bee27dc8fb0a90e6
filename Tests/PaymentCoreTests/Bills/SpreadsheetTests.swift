import EncodingKit
import JSONKit
import PaymentCore
import Testing

/// Lines as spreadsheets save them: separators, decimals and encodings of any locale.
struct SpreadsheetTests {
    private func read(
        _ bytes: some Sequence<UInt8>, isStrict: Bool = true, currency: String? = nil
    ) throws(BillError) -> BillOutcome {
        try BillReader.read(
            Array(bytes), format: nil, restaurant: "bar", billID: "b-1", currency: currency, isStrict: isStrict)
    }

    private func refusal(_ text: String) -> BillError? {
        do throws(BillError) {
            _ = try read(text.utf8)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        arguments: [
            ("a Russian Excel", "name;amount\r\nЧай;120,50\r\nХлеб;1230,00\r\n"),
            ("a point", "name;amount\nЧай;120.50\nХлеб;1230.00\n"),
            ("whole numbers", "name;amount\nЧай;120,5\nХлеб;1230\n"),
            ("tabs", "name\tamount\nЧай\t120,50\nХлеб\t1230\n"),
            ("a byte order mark", "\u{FEFF}name;amount\nЧай;120,50\nХлеб;1230\n"),
            ("a hint", "sep=;\r\nname;amount\r\nЧай;120,50\r\nХлеб;1230\r\n"),
            ("a hint of commas", "sep=,\nname,amount\nЧай,120.50\nХлеб,1230\n"),
            ("a hint of tabs", "SEP=\t\nname\tamount\nЧай\t120,50\nХлеб\t1230\n"),
            ("thousands with a space", "name;amount\nЧай;120,50\nХлеб;1 230,00\n"),
            ("thousands with a no-break space", "name;amount\nЧай;120,50\nХлеб;1\u{A0}230,00\n"),
            ("thousands with a narrow one", "name;amount\nЧай;120,50\nХлеб;1\u{202F}230,00\n"),
            ("a sign", "name;amount\nЧай;120,50 ₽\nХлеб;1 230,00\u{A0}₽\n"),
            ("roubles", "name;amount\nЧай;120,50 руб.\nХлеб;1230р.\n"),
            ("a code", "name;amount\nЧай;120,50 RUB\nХлеб;1230\n"),
            ("quotes", "\"name\";\"amount\"\n\"Чай\";\"120,50\"\n\"Хлеб\";\"1230\"\n"),
            ("other order", "amount;name\n120,50;Чай\n1230;Хлеб\n"),
            ("blanks around", "name;amount\nЧай; 120,50 \nХлеб;\u{A0}1230\n"),
            ("empty columns", "name;amount;;\nЧай;120,50;;\nХлеб;1230; ;\n;;;\n"),
            ("empty columns of some rows", "name,amount\nЧай,120.50,\nХлеб,1230\n"),
            ("carriage returns", "name;amount\rЧай;120,50\rХлеб;1230,00\r"),
            ("empty rows", "name;amount\nЧай;120,50\n;\nХлеб;1230\n;\n;\n"),
        ])
    func `is read`(name: String, text: String) throws {
        let (bill, warnings, form) = try read(text.utf8)
        #expect(form == .lines && warnings.isEmpty)
        #expect(bill.lines.map(\.name) == ["Чай", "Хлеб"])
        #expect(bill.lines.map(\.amount) == [rub(12_050), rub(123_000)])
        #expect(bill.amount == rub(135_050))
    }

    @Test func `a name may hold what does not separate`() throws {
        let text = "name;amount\nЧай, зелёный;120,50\n\"Хлеб; белый\";30\n\"Сыр\n\"\"с плесенью\"\"\";1,5\n"
        let lines = try read(text.utf8).bill.lines
        #expect(lines.map(\.name) == ["Чай, зелёный", "Хлеб; белый", "Сыр\n\"с плесенью\""])
    }

    @Test func `quantities have decimal commas too`() throws {
        let bill = try read("name;quantity;amount\nСыр;0,150;285,00\nЧай;;1,00\nТорт;0,33333333333;9\n".utf8).bill
        #expect(bill.lines.map(\.quantity) == [try Quantity("0.15"), nil, try Quantity("0.333333")])
    }

    @Test func `the currency counts`() throws {
        #expect(try read("name;amount\nSake;1 200\n".utf8, currency: "JPY").bill.amount.minorUnits == 1_200)
        #expect(try read("name;amount\nSake;1,250 KWD\n".utf8, currency: "KWD").bill.amount.minorUnits == 1_250)
    }

    @Test(
        arguments: [
            (
                "a line of commas", "name;amount\nЧай;120,50\nХлеб,30.00\n", .position(line: 3, column: 5),
                .mixedSeparators(found: ",", expected: ";")
            ),
            (
                "a line of semicolons", "name,amount\nЧай;120,50\n", .position(line: 2, column: 4),
                .mixedSeparators(found: ";", expected: ",")
            ),
            (
                "a semicolon in a name", "name,amount\nЧай; зелёный,120.50\n", .position(line: 2, column: 4),
                .mixedSeparators(found: ";", expected: ",")
            ),
            (
                "a tab", "name,amount\nЧай\t1\n", .position(line: 2, column: 4),
                .mixedSeparators(found: "\t", expected: ",")
            ),
            (
                "a header of both", "name;amount,quantity\nЧай;1,1\n", .position(line: 1, column: 12),
                .mixedSeparators(found: ",", expected: ";")
            ),
            (
                "another than hinted", "sep=,\nname;amount\nЧай;1\n", .position(line: 2, column: 5),
                .mixedSeparators(found: ";", expected: ",")
            ),
            (
                "a point after a comma", "name;amount\nЧай;120,50\nХлеб;30.00\n", .position(line: 3, column: 8),
                .mixedSeparators(found: ".", expected: ",")
            ),
            (
                "a comma after a point", "name;amount\nЧай;120.50\nХлеб;30,00\n", .position(line: 3, column: 8),
                .mixedSeparators(found: ",", expected: ".")
            ),
            (
                "both in one", "name;amount\nЧай;1.200,50\n", .position(line: 2, column: 6),
                .mixedSeparators(found: ".", expected: ",")
            ),
            (
                "a decimal comma in quotes", "name,amount\nЧай,\"120,50\"\n", .position(line: 2, column: 9),
                .mixedSeparators(found: ",", expected: ".")
            ),
            (
                "a decimal comma among commas", "name,amount\nЧай,120,50\n", .position(line: 2, column: 8),
                .mixedSeparators(found: ",", expected: ".")
            ),
            ("a bar", "name|amount\nЧай|1\n", .position(line: 1, column: 5), .unknownSeparator("|")),
            ("a colon", "name:amount\nЧай:1\n", .position(line: 1, column: 5), .unknownSeparator(":")),
            ("a hint of a bar", "sep=|\nname|amount\nЧай|1\n", .position(line: 1, column: 5), .unknownSeparator("|")),
            ("an empty column between", "name;;amount\nЧай;;1\n", .line(1), .badHeader),
            ("too few", "name;amount\nЧай\n", .line(2), .fieldCount(expected: 2, actual: 1)),
            ("too many", "name;amount\nЧай;1;2\n", .line(2), .fieldCount(expected: 2, actual: 3)),
        ] as [(String, String, BillPlace, CSVFlaw)])
    func `what is mixed is refused with the character and its place`(
        name: String, text: String, place: BillPlace, flaw: CSVFlaw
    ) throws {
        let refusal = try #require(self.refusal(text))
        #expect(refusal == BillError(place, .csv(flaw)))
    }

    @Test func `messages name the character`() {
        #expect(
            refusal("name;amount\nЧай;120,50\nХлеб,30.00\n")?.message
                == "line 3, column 5: mixed separators: \",\" where the others are \";\"; a name that holds one must "
                + "be in quotes")
        #expect(
            refusal("name|amount\nЧай|1\n")?.message
                == "line 1, column 5: \"|\" is not a field separator; use a comma, a semicolon or a tab")
        #expect(refusal("name\tamount\nЧай;1\n")?.message.contains("\";\" where the others are \"\\t\"") == true)
    }

    @Test(arguments: [
        ("groups of two", "1 20,50"), ("a group of four", "1 2000"), ("thousands with points", "1.200.50"),
        ("words", "сто"), ("a percentage", "10%"), ("an exponent", "1e3"), ("dollars", "120 $"),
        ("three decimals", "1,200"), ("a sign in front", "₽ 120"), ("nothing", ""), ("a sign alone", "₽"),
    ])
    func `text that is not an amount is refused`(name: String, amount: String) {
        #expect(refusal("name;amount\nЧай;\(amount)\nХлеб;1\n")?.place == .line(2))
    }

    // MARK: Encodings

    private static let text = "name;amount\r\nЩи «Ёлка» № 1;120,50\r\n"

    private static func utf16(_ text: String, isBigEndian: Bool, isMarked: Bool = true) -> [UInt8] {
        ((isMarked ? [0xFEFF] : []) + text.utf16).flatMap { unit -> [UInt8] in
            let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
            return isBigEndian ? [high, low] : [low, high]
        }
    }

    /// `Щи «Ёлка» № 1` in Windows-1251.
    private static let windows1251: [UInt8] =
        Array("name;amount\r\n".utf8)
        + [0xD9, 0xE8, 0x20, 0xAB, 0xA8, 0xEB, 0xEA, 0xE0, 0xBB, 0x20, 0xB9, 0x20, 0x31] + Array(";120,50\r\n".utf8)

    @Test(
        arguments: [
            ("UTF-8", Array(text.utf8), nil), ("UTF-8 with a mark", [0xEF, 0xBB, 0xBF] + Array(text.utf8), nil),
            ("UTF-16 of a PC", utf16(text, isBigEndian: false), nil),
            ("UTF-16 of a Mac", utf16(text, isBigEndian: true), nil),
            ("UTF-16 of a PC, unmarked", utf16(text, isBigEndian: false, isMarked: false), .utf16LittleEndian),
            ("UTF-16 of a Mac, unmarked", utf16(text, isBigEndian: true, isMarked: false), .utf16BigEndian),
            ("Windows-1251", windows1251, .windows1251),
        ] as [(String, [UInt8], TextEncoding?)])
    func `any encoding of a spreadsheet is read, and the assumed one is reported`(
        name: String, bytes: [UInt8], assumed: TextEncoding?
    ) throws {
        let (bill, warnings, _) = try read(bytes, isStrict: false)
        #expect(bill.lines == [BillLine(name: "Щи «Ёлка» № 1", amount: rub(12_050))])
        #expect(warnings == (assumed.map { [BillWarning(kind: .encodingAssumed($0), place: .whole)] } ?? []))
        #expect(warnings.allSatisfy { $0.message.contains(assumed?.rawValue ?? "") })
    }

    @Test func `every character of Windows-1251 is read`() throws {
        let bytes = Array("name,amount\n\"".utf8) + (0x80...0xFF).filter { $0 != 0x98 } + Array("\",1\n".utf8)
        let name = try #require(try read(bytes, isStrict: false).bill.lines.first?.name)
        #expect(
            name == "ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—™љ›њќћџ\u{A0}ЎўЈ¤Ґ¦§Ё©Є«¬\u{AD}®Ї°±Ііґµ¶·ё№є»јЅѕї"
                + "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюя")
    }

    @Test(arguments: [
        ("half a character", Array(utf16(text, isBigEndian: false).dropLast()), TextEncoding.utf16LittleEndian),
        ("half a pair", utf16("name,amount\n", isBigEndian: true) + [0xD8, 0x3D, 0x00, 0x2C], .utf16BigEndian),
    ])
    func `damaged UTF-16 is named`(name: String, bytes: [UInt8], encoding: TextEncoding) {
        #expect(throws: BillError(.whole, .notText(encoding))) { try read(bytes) }
    }

    @Test func `UTF-16 JSON is read, unless JSON was requested explicitly`() throws {
        let bytes = Self.utf16(SeedFormTests.text, isBigEndian: false)
        let read = try BillReader.read(
            bytes, format: nil, restaurant: nil, billID: nil, currency: nil, isStrict: true)
        #expect(read.format == .seed && read.bill.lines.count == 2)
        #expect(throws: BillError(.position(line: 1, column: 1), .notUTF8)) {
            try BillReader.read(bytes, format: .seed, restaurant: nil, billID: nil, currency: nil, isStrict: true)
        }
    }
}
