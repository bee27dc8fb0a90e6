import PaymentCore
import Testing

/// Negative lines and lines without a name are kept, in each format.
struct OddLinesTests {
    static func burger(_ modifier: String) -> String {
        IikoCloudFormTests.product(
            "Бургер",
            """
            "amount": 1, "price": 500, "resultSum": 500, "modifiers": [
              {"product": {"name": "Маленький"}, "amount": 1, \(modifier)}]
            """)
    }

    @Test(
        arguments: [
            ("a modifier", IikoCloudFormTests.order(burger("\"price\": -150, \"resultSum\": -150"), sum: "350")),
            ("a modifier by its price", IikoCloudFormTests.order(burger("\"price\": -150"), sum: "350")),
            (
                "an item",
                IikoCloudFormTests.order(
                    IikoCloudFormTests.product("Бургер", "\"amount\": 1, \"price\": 500"),
                    IikoCloudFormTests.product("Скидка", "\"amount\": 1, \"price\": -150, \"resultSum\": -150"),
                    sum: "350")
            ),
            (
                "a quantity",
                IikoCloudFormTests.order(
                    IikoCloudFormTests.product("Бургер", "\"amount\": 1, \"price\": 500"),
                    IikoCloudFormTests.product("Возврат", "\"amount\": -1, \"price\": 150"), sum: "350")
            ),
            (
                "a service",
                IikoCloudFormTests.order(
                    IikoCloudFormTests.product("Бургер", "\"amount\": 1, \"price\": 500"),
                    "{\"type\": \"Service\", \"service\": {\"name\": \"Скидка\"}, \"amount\": 1, \"cost\": -150}",
                    sum: "350")
            ),
            (
                "the seed form",
                """
                {"client_id": "c", "internal_order_id": "i", "bill": {"currency": "RUB", "amount": 350, "elements": [
                  {"name": "Бургер", "amount": 500}, {"name": "Скидка", "amount": "-150.00"}]}}
                """
            ),
            ("lines", "name,amount\nБургер,500\nСкидка,-150\n"),
            ("lines of a quantity below zero", "name,quantity,amount\nБургер,1,500\nВозврат,-1,-150\n"),
            ("lines of a spreadsheet", "name;amount\nБургер;500,00\nСкидка;-150,00\n"),
            ("lines with a typographic minus", "name;amount\nБургер;500,00\nСкидка;\u{2212}150,00\n"),
        ])
    func `a line below zero takes off the bill`(name: String, text: String) throws {
        let isCSV = text.hasPrefix("name")
        let (bill, warnings, _) = try readBill(
            text, restaurant: isCSV ? "r" : nil, billID: isCSV ? "b" : nil, isStrict: true)
        #expect(bill.amount == rub(35_000) && warnings.isEmpty)
        #expect(bill.lines.map(\.amount) == [rub(50_000), rub(-15_000)])
        #expect(bill.lines.allSatisfy { ($0.quantity?.millionths ?? 1) > 0 })
    }

    @Test(
        arguments: [
            (
                "iikoCloud", IikoCloudFormTests.order(burger("\"price\": -650"), sum: "-150"), .field("order.sum"),
                -15_000
            ),
            (
                "the seed form",
                """
                {"client_id": "c", "internal_order_id": "i", "bill": {"currency": "RUB", "amount": "-150.00",
                 "elements": [{"name": "Скидка", "amount": -150}]}}
                """, .field("bill.amount"), -15_000
            ),
            ("lines", "name,amount\nБургер,500\nСкидка,-650\n", .whole, -15_000),
        ] as [(String, String, BillPlace, Int64)])
    func `a total below zero is refused`(name: String, text: String, place: BillPlace, total: Int64) {
        let isCSV = text.hasPrefix("name")
        #expect(
            refusal(text, restaurant: isCSV ? "r" : nil, billID: isCSV ? "b" : nil)
                == BillError(place, .negativeTotal(rub(total))))
    }

    @Test(arguments: [
        ("empty", ""), ("blanks", "  "), ("no-break spaces", "\u{A0}\u{202F}"), ("a tab", "\\t"), ("a line end", "\\n"),
        ("zero width", "\u{200B}\u{FEFF}"), ("a filler", "\u{3164}\u{115F}"), ("a control character", "\\u0007"),
        ("direction marks", "\u{200F}\u{202E}"),
    ])
    func `a blank name is reported and shown as unnamed`(name: String, blank: String) throws {
        let iiko = IikoCloudFormTests.order(
            IikoCloudFormTests.product(blank, "\"amount\": 1, \"price\": 0"), IikoCloudFormTests.soup)
        let seed = SeedFormTests.text.replacing("Суп", with: blank)
        for (text, place) in [(iiko, "order.items[0].product.name"), (seed, "bill.elements[0].name")] {
            let (bill, warnings, _) = try readBill(text)
            #expect(bill.lines[0].name == "(unnamed)" && bill.lines.count == 2)
            #expect(warnings == [BillWarning(kind: .unnamedLine, place: .field(place))])
            #expect(refusal(text, isStrict: true) == BillError(.whole, .warnings(warnings)))
        }
    }

    @Test(
        arguments: [
            ("no product", "null", "(unnamed)"), ("null", "{\"name\": null}", "(unnamed)"),
            ("missing", "{\"id\": \"p\"}", "(unnamed)"),
            ("named", "{\"name\": \"Чай\"}", "Чай"),
        ])
    func `iiko may leave a name out`(name: String, product: String, shown: String) throws {
        let item = "{\"type\": \"Product\", \"product\": \(product), \"amount\": 1, \"price\": 100}"
        #expect(try readBill(IikoCloudFormTests.order(item)).bill.lines.map(\.name) == [shown])
    }

    @Test func `parts and modifiers without a name are unnamed parts and modifiers`() throws {
        let item = """
            {"type": "Compound", "amount": 1, "primaryComponent": {"product": {"name": ""}, "price": 60},
             "secondaryComponent": {"product": {"name": "Маргарита"}, "price": 40},
             "commonModifiers": [{"product": {"name": " "}, "amount": 1, "price": 0},
               {"product": {"name": ""}, "amount": 1, "price": 0, "deleted": {}}]}
            """
        let (bill, warnings, _) = try readBill(IikoCloudFormTests.order(item))
        #expect(bill.lines.map(\.name) == ["(unnamed) / Маргарита", "+ (unnamed)"])
        #expect(
            warnings.map(\.kind) == [.unnamedLine, .unnamedLine, .deletedLineDropped(name: "+ (unnamed)")])
    }

    @Test func `lines may be unnamed too`() throws {
        let text = "name;amount\n;100\n\u{A0};20,50\nЧай;1\n"
        let (bill, warnings, _) = try readBill(text, restaurant: "r", billID: "b")
        #expect(bill.lines.map(\.name) == ["(unnamed)", "(unnamed)", "Чай"])
        #expect(warnings.map(\.place) == [.line(2), .line(3)])
    }

    @Test func `strict mode refuses all warnings together and names them`() throws {
        let item = IikoCloudFormTests.product("", "\"amount\": 1, \"price\": 100")
        let cake = IikoCloudFormTests.product("Торт", "\"amount\": 1, \"price\": 0, \"deleted\": {}")
        let text = IikoCloudFormTests.order(
            item, cake, sum: "90",
            more: ", \"tips\": [{\"sum\": 5}], \"payments\": [\(PrepaidBillTests.planned)], \"processedPaymentsSum\": 1"
        )
        let message = try #require(refusal(text, isStrict: true)?.message)
        for phrase in ["6 warnings", "blank", "deleted line", "tips", "preliminary", "larger one", "add up"] {
            #expect(message.contains(phrase), "\(message)")
        }
    }
}
