import PaymentCore
import Testing

@Suite struct LinesFormTests {
    func read(_ text: String, currency: String? = nil) throws(BillError) -> BillOutcome {
        try readBill(text, restaurant: "bar", billID: "b-1", currency: currency, isStrict: true)
    }

    @Test(arguments: [
        ("line feeds", "name,amount\nПиво,390\nЧипсы,120.5\n"),
        ("carriage returns", "name,amount\r\nПиво,390\r\nЧипсы,120.5\r\n"),
        ("no last line end", "name,amount\nПиво,390\nЧипсы,120.50"),
        ("quotes", "\"name\",\"amount\"\n\"Пиво\",\"390.00\"\n\"Чипсы\",120.50\n"),
        ("other order", "amount,name\n390,Пиво\n120.50,Чипсы\n"),
        ("blank lines", "\nname,amount\n\nПиво,390\n\n\nЧипсы,120.5\n\n"),
        ("byte order mark", "\u{FEFF}name,amount\nПиво,390\nЧипсы,120.5"),
        ("no quantities", "name,quantity,amount\nПиво,,390\nЧипсы,,120.5\n"),
    ])
    func `read`(name: String, text: String) throws {
        let (bill, warnings, format) = try read(text)
        #expect(format == .lines)
        #expect(warnings.isEmpty)
        #expect(
            bill
                == Bill(
                    clientID: "bar", internalOrderID: "b-1", amount: rub(51_050),
                    lines: [BillLine(name: "Пиво", amount: rub(39_000)), BillLine(name: "Чипсы", amount: rub(12_050))]))
    }

    @Test func `quantities`() throws {
        let (bill, _, _) = try read("quantity,name,amount\n3,Пиво,1170\n0.15,Орешки,285\n")
        #expect(bill.lines.map(\.quantity) == [try Quantity("3"), try Quantity("0.15")])
    }

    @Test func `other currency`() throws {
        #expect(try read("name,amount\nSake,1200\n", currency: "JPY").bill.amount.description == "1200 JPY")
        #expect(try read("name,amount\nSake,1.250\n", currency: "KWD").bill.amount.minorUnits == 1_250)
    }

    @Test func `names over lines`() throws {
        #expect(
            try read("name,amount\n\"Пиво\n\"\"светлое\"\", 0.5\",390\n").bill.lines[0].name == "Пиво\n\"светлое\", 0.5"
        )
    }

    @Test(
        arguments: [
            ("nothing", "", .line(1), .csv(.badHeader)), ("blank", " \n", .line(1), .csv(.badHeader)),
            ("no header", "Пиво,390\n", .line(1), .csv(.badHeader)),
            ("a column too few", "name\nПиво\n", .line(1), .csv(.badHeader)),
            ("an unknown column", "name,amount,vat\na,1,2\n", .line(1), .csv(.badHeader)),
            ("a repeated column", "name,amount,name\na,1,b\n", .line(1), .csv(.badHeader)),
            ("upper case", "Name,Amount\na,1\n", .line(1), .csv(.badHeader)),
            ("header only", "name,amount\n", .whole, .noLines),
            ("a field too few", "name,amount\na,1\nb\n", .line(3), .csv(.fieldCount(expected: 2, actual: 1))),
            ("a field too many", "name,amount\na,b,5\n", .line(2), .csv(.fieldCount(expected: 2, actual: 3))),
            ("an open quote", "name,amount\na,1\n\"b,2\nc,3\n", .line(3), .csv(.openQuote)),
            ("a stray quote", "name,amount\na\"b,2\n", .line(2), .csv(.strayQuote)),
            ("no amount", "name,amount\na,\n", .line(2), .money(.notDecimal(""))),
            ("less than nothing", "name,amount\n\na,1\nb,-2\n", .whole, .negativeTotal(rub(-100))),
            ("too precise", "name,amount\na,1.005\n", .line(2), .money(.tooPrecise("1.005", digits: 2))),
            ("a blank", "name,amount\na, 1\n", .line(2), .money(.notDecimal(" 1"))),
            (
                "a decimal comma", "name,amount\na,\"1,5\"\n", .position(line: 2, column: 5),
                .csv(.mixedSeparators(found: ",", expected: "."))
            ),
            ("overflow", "name,amount\na,99999999999999999999\n", .line(2), .money(.overflow)),
            ("a sum beyond 64 bits", "name,amount\na,92233720368547758.07\nb,0.01\n", .whole, .money(.overflow)),
            ("nothing to pay", "name,amount\na,0\n", .whole, .nothingToPay),
            ("no quantity at all", "name,quantity,amount\na,0,1\n", .line(2), .zeroQuantity),
            ("a spelt quantity", "name,quantity,amount\na,two,1\n", .line(2), .money(.notDecimal("two"))),
            ("after a name of two lines", "name,amount\n\"a\nb\",1\nc,x\n", .line(4), .money(.notDecimal("x"))),
        ] as [(String, String, BillPlace, BillError.Reason)])
    func `refused`(name: String, text: String, place: BillPlace, reason: BillError.Reason) {
        #expect(refusal(text, restaurant: "bar", billID: "b-1") == BillError(place, reason))
    }

    @Test func `restaurant and bill must be specified`() {
        let text = "name,amount\na,1\n"
        #expect(refusal(text, billID: "b") == BillError(.whole, .restaurantNotGiven))
        #expect(refusal(text, restaurant: "r") == BillError(.whole, .billIDNotGiven))
    }

    @Test func `number of lines is bounded`() throws {
        let lines = { "name,amount\n" + String(repeating: "a,1\n", count: $0) }
        #expect(try read(lines(10_000)).bill.lines.count == 10_000)
        #expect(refusal(lines(10_001), restaurant: "r", billID: "b") == BillError(.line(10_002), .tooManyLines(10_001)))
    }
}
