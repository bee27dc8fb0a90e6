import JSONKit
import PaymentCore
import Testing

@Suite struct BillReaderTests {
    @Test(
        arguments: [
            ("cafe.seed.json", BillFormat.seed, nil, nil, 124_000, 4, 0),
            ("bar.lines.csv", .lines, "bar", "b-1", 446_550, 6, 0),
            ("restaurant.iikocloud.json", .iikocloud, nil, nil, 1_844_123, 30, 2),
        ] as [(String, BillFormat, String?, String?, Int64, Int, Int)])
    func `examples of every format are read`(
        name: String, format: BillFormat, restaurant: String?, billID: String?, kopecks: Int64, lines: Int,
        warnings: Int
    ) throws {
        let bytes = try exampleBill(name)
        for forced in [nil, format] {
            let read = try BillReader.read(
                bytes, format: forced, restaurant: restaurant, billID: billID, currency: nil,
                isStrict: warnings == 0)
            #expect(read.format == format)
            #expect(read.bill.amount == rub(kopecks))
            #expect(read.bill.lines.count == lines)
            #expect(read.warnings.count == warnings)
        }
    }

    @Test(
        arguments: [
            ("no form in it", "{}", .whole, .unknownForm), ("an empty array", "[]", .whole, .noOrders),
            ("an array of nothing", "[null]", .field("[0]"), .missing),
            ("an array of numbers", "[1]", .field("[0]"), .wrongType(expected: .object)),
            ("null members", "{\"bill\": null, \"orders\": null}", .whole, .unknownForm),
            (
                "broken JSON", "{\n  \"клиент\": 1,\n  \"ид\": }", .position(line: 3, column: 9),
                .json(.unexpectedCharacter("}"))
            ),
            ("JSON that ends", "{\"bill\": {\"amo", .position(line: 1, column: 15), .json(.unexpectedEnd)),
            ("the first column", "{\n]", .position(line: 2, column: 1), .json(.unexpectedCharacter("]"))),
            (
                "a repeated name", "{\"bill\": {}, \"bill\": {}}", .position(line: 1, column: 14),
                .json(.duplicateName("bill"))
            ),
            (
                "nested too deep", String(repeating: "[", count: 65), .position(line: 1, column: 65),
                .json(.tooDeep(maximum: 64))
            ),
            ("nothing", "", .line(1), .csv(.badHeader)), ("words", "hello", .line(1), .csv(.badHeader)),
        ] as [(String, String, BillPlace, BillError.Reason)])
    func `refused`(name: String, text: String, place: BillPlace, reason: BillError.Reason) {
        #expect(refusal(text) == BillError(place, reason))
    }

    @Test(
        arguments: [
            ("a stray byte", Array("{\n\"я".utf8) + [0xFF], BillPlace.position(line: 2, column: 3)),
            ("an overlong slash", [0xC0, 0xAF], .position(line: 1, column: 1)),
            ("a surrogate", [0x22, 0xED, 0xA0, 0x80], .position(line: 1, column: 2)),
            (
                "damage in a text of UTF-8", Array("name,amount\nПиво,1\nХлеб".utf8).dropLast() + Array(",2\n".utf8),
                .position(line: 3, column: 4)
            ),
            (
                "Windows-1251 in JSON", Array("{\"name\": \"".utf8) + [0xCF, 0xE8] + Array("\"}".utf8),
                .position(line: 1, column: 11)
            ),
            ("a byte that Windows-1251 lacks", Array("name,amount\n".utf8) + [0x98], .position(line: 2, column: 1)),
            ("binary", Array("name,amount\n".utf8) + [0x01, 0xFF], .position(line: 2, column: 2)),
        ] as [(String, [UInt8], BillPlace)])
    func `must be UTF-8`(name: String, bytes: [UInt8], place: BillPlace) {
        #expect(throws: BillError(place, .notUTF8)) {
            try BillReader.read(bytes, format: nil, restaurant: nil, billID: nil, currency: nil, isStrict: false)
        }
    }

    @Test func `size is bounded`() {
        let limit = 4 << 20
        let blanks = [UInt8](repeating: UInt8(ascii: " "), count: limit + 1)
        #expect(throws: BillError(.whole, .tooLarge(maximumBytes: limit))) {
            try BillReader.read(blanks, format: nil, restaurant: nil, billID: nil, currency: nil, isStrict: false)
        }
    }

    @Test func `byte order mark is skipped`() throws {
        #expect(try readBill("\u{FEFF}" + SeedFormTests.text).format == .seed)
        #expect(try readBill("\n\t " + SeedFormTests.text).format == .seed)
    }

    @Test func `form can be forced`() {
        #expect(refusal(SeedFormTests.text, format: .iikocloud) == BillError(.field("organizationId"), .missing))
        #expect(refusal(SeedFormTests.text, format: .lines) == BillError(.line(1), .csv(.badHeader)))
        let csv = "name,amount\na,1\n"
        #expect(refusal(csv, format: .seed)?.place == .position(line: 1, column: 2))
    }

    @Test(arguments: [
        (
            BillError(.field("bill.elements[2].amount"), .money(.tooPrecise("1.234", digits: 2))),
            "bill.elements[2].amount: \"1.234\" has more than 2 decimals"
        ),
        (
            BillError(.position(line: 3, column: 14), .json(.unexpectedCharacter("}"))),
            "line 3, column 14: not valid JSON: unexpected \"}\""
        ),
        (BillError(.line(7), .csv(.fieldCount(expected: 2, actual: 3))), "line 7: 3 fields where the header has 2"),
        (BillError(.whole, .nothingToPay), "nothing to pay: the total is 0"),
        (
            BillError(.field("client_id"), .notAnIdentifier("a\u{1B}[2J\n")),
            "client_id: \"a\\u{1B}[2J\\n\" is not an identifier (1 to 64 of A-Z a-z 0-9 . _ -)"
        ),
    ])
    func `messages`(error: BillError, message: String) {
        #expect(error.message == message)
        #expect("\(error)" == message)
    }

    @Test func `long texts are truncated in messages`() {
        let error = BillError(.field("bill.amount"), .money(.notDecimal(String(repeating: "я", count: 100_000))))
        #expect(error.message.count < 120)
        #expect(error.message.contains("…"))
    }

    @Test func `warning messages`() {
        let warning = BillWarning(
            kind: .linesDoNotAddUp(total: rub(10_000), lines: rub(12_000)), place: .field("bill.amount"))
        #expect(warning.message == "bill.amount: the lines add up to 120.00 RUB, the total is 100.00 RUB")
    }
}
