import PaymentCore
import Testing

@Suite struct IikoCloudFormTests {
    /// An element of `orders` with these items; other members of the order can be overridden.
    static func order(
        _ items: String..., sum: String = "100", id: String = "o-1", status: String = "\"Bill\"", more: String = ""
    ) -> String {
        """
        {"id": "\(id)", "organizationId": "org-1", "timestamp": 1769884522000, "creationStatus": "Success",
         "order": {"status": \(status), "sum": \(sum), "items": [\(items.joined(separator: ", "))]\(more)}}
        """
    }

    static func product(_ name: String = "Суп", _ more: String) -> String {
        "{\"type\": \"Product\", \"product\": {\"id\": \"p\", \"name\": \"\(name)\"}, \(more)}"
    }

    static let soup = product("Суп", "\"amount\": 1, \"price\": 120, \"cost\": 120, \"resultSum\": 100")

    @Test func `read`() throws {
        let (bill, warnings, format) = try readBill(Self.order(Self.soup), isStrict: true)
        #expect(format == .iikocloud)
        #expect(warnings.isEmpty)
        let line = BillLine(name: "Суп", quantity: try Quantity("1"), amount: rub(10_000))
        #expect(bill == Bill(clientID: "org-1", internalOrderID: "o-1", amount: rub(10_000), lines: [line]))
    }

    @Test(
        arguments: [
            ("the sum wins", "\"amount\": 2, \"price\": 120, \"cost\": 240, \"resultSum\": 99.99", 9_999),
            ("a sum of nothing wins", "\"amount\": 2, \"price\": 120, \"resultSum\": 0", 0),
            ("price times amount", "\"amount\": 3, \"price\": 33.33, \"cost\": 1", 9_999),
            ("rounded half up", "\"amount\": 0.5, \"price\": 0.01, \"resultSum\": null", 1),
            ("by weight", "\"amount\": 0.333, \"price\": 100", 3_330),
            ("cost alone", "\"amount\": 1, \"cost\": 70.5", 7_050),
            ("a sum as text", "\"amount\": \"1\", \"resultSum\": \"70.50\"", 7_050),
            ("nothing of it", "\"amount\": 0, \"price\": 120", 0),
        ] as [(String, String, Int64)])
    func `sums`(name: String, more: String, expected: Int64) throws {
        let (bill, _, _) = try readBill(Self.order(Self.product("x", more)))
        #expect(bill.lines[0].amount == rub(expected))
    }

    @Test func `modifiers are lines`() throws {
        let item = Self.product(
            "Кофе",
            """
            "amount": 2, "price": 200, "resultSum": 360, "modifiers": [
              {"product": {"id": "m1", "name": "Сироп"}, "amount": 2, "price": 40, "resultSum": 72, "deleted": null},
              {"product": {"id": "m2", "name": "Без сахара"}, "amount": 0, "price": 0, "resultSum": 0},
              {"product": {"id": "m3", "name": "Сливки"}, "amount": 1, "price": 50,
               "deleted": {"deletionMethod": {"id": "d"}}}]
            """)
        let (bill, warnings, _) = try readBill(Self.order(item, sum: "432"))
        #expect(bill.lines.map(\.name) == ["Кофе", "+ Сироп", "+ Без сахара"])
        #expect(bill.lines.map(\.amount) == [rub(36_000), rub(7_200), rub(0)])
        #expect(bill.lines.map(\.quantity) == [try Quantity("2"), try Quantity("2"), nil])
        #expect(
            warnings == [
                BillWarning(
                    kind: .deletedLineDropped(name: "+ Сливки"), place: .field("order.items[0].modifiers[2]"))
            ])
    }

    @Test func `compound is one line`() throws {
        let item = """
            {"type": "Compound", "amount": 1, "template": {"id": "t", "name": "Половинки"},
             "primaryComponent": {"product": {"name": "Маргарита"}, "price": 345, "resultSum": 310.5,
               "modifiers": [{"product": {"name": "Базилик"}, "amount": 1, "price": 30, "resultSum": 27}]},
             "secondaryComponent": {"product": {"name": "Четыре сыра"}, "price": 415},
             "commonModifiers": [{"product": {"name": "Тонкое тесто"}, "amount": 1, "price": 80, "resultSum": 72}]}
            """
        let (bill, _, _) = try readBill(Self.order(item, sum: "824.5"), isStrict: true)
        #expect(bill.lines.map(\.name) == ["Маргарита / Четыре сыра", "+ Базилик", "+ Тонкое тесто"])
        #expect(bill.lines.map(\.amount) == [rub(72_550), rub(2_700), rub(7_200)])

        let half =
            #"{"type":"Compound","amount":1,"primaryComponent":{"product":{"name":"A"},"price":1},"#
            + #""secondaryComponent":null}"#
        #expect(try readBill(Self.order(half)).bill.lines.map(\.name) == ["A"])
    }

    @Test func `service has a cost only`() throws {
        let item =
            "{\"type\": \"Service\", \"service\": {\"id\": \"s\", \"name\": \"Веранда\"}, \"amount\": 1, \"cost\": 500}"
        #expect(try readBill(Self.order(item, sum: "500"), isStrict: true).bill.lines[0].amount == rub(50_000))
    }

    @Test(arguments: [
        ("an object", "{\"deletionMethod\": {\"id\": \"d\"}}", true), ("an empty object", "{}", true),
        ("true", "true", true),
        ("null", "null", false), ("false", "false", false),
    ])
    func `deleted lines are dropped`(name: String, deleted: String, isDropped: Bool) throws {
        let item = Self.product("Торт", "\"amount\": 1, \"price\": 0, \"resultSum\": 0, \"deleted\": \(deleted)")
        let (bill, warnings, _) = try readBill(Self.order(Self.soup, item))
        #expect(bill.lines.count == (isDropped ? 1 : 2))
        let expected = BillWarning(kind: .deletedLineDropped(name: "Торт"), place: .field("order.items[1]"))
        #expect(warnings == (isDropped ? [expected] : []))
    }

    @Test func `tips are reported`() throws {
        let more = ", \"tips\": [{\"sum\": 50}, {\"sum\": 25.5}], \"discounts\": [{\"sum\": 20}]"
        let (bill, warnings, _) = try readBill(Self.order(Self.soup, more: more))
        #expect(bill.amount == rub(10_000))
        #expect(warnings == [BillWarning(kind: .tipsIgnored(rub(7_550)), place: .field("order.tips"))])
        let nothing = ", \"tips\": [], \"payments\": null"
        #expect(try readBill(Self.order(Self.soup, more: nothing)).warnings.isEmpty)
    }

    @Test func `discount outside the lines is a warning`() throws {
        let text = Self.order(Self.soup, sum: "90")
        #expect(try readBill(text).bill.amount == rub(9_000))
        let warning = BillWarning(
            kind: .linesDoNotAddUp(total: rub(9_000), lines: rub(10_000)), place: .field("order.sum"))
        #expect(refusal(text, isStrict: true) == BillError(.whole, .warnings([warning])))
    }

    @Test(arguments: ["New", "Closed", "Deleted", "bill", ""])
    func `only a bill can be paid`(status: String) {
        let expected = BillError(.field("order.status"), .notABill(status: status))
        #expect(refusal(Self.order(Self.soup, status: "\"\(status)\"")) == expected)
        #expect(expected.message.contains("\"\(status)\"") && expected.message.contains("only \"Bill\""))
    }

    @Test(arguments: ["InProgress", "Error"])
    func `order that iiko has not created`(status: String) {
        let text = "{\"id\": \"o\", \"organizationId\": \"r\", \"creationStatus\": \"\(status)\", \"order\": null}"
        #expect(refusal(text) == BillError(.field("creationStatus"), .notCreated(status: status)))
    }

    @Test func `whole answer`() throws {
        let first = Self.order(Self.soup)
        let second = Self.order(Self.soup, id: "o-2")
        let answer = { (orders: [String]) in
            "{\"correlationId\": \"c\", \"orders\": [\(orders.joined(separator: ","))]}"
        }
        let place = BillPlace.field("orders")

        #expect(try readBill(answer([first])).bill.internalOrderID == "o-1")
        #expect(try readBill(answer([first, second]), billID: "o-2").bill.internalOrderID == "o-2")
        #expect(refusal(answer([first, second])) == BillError(place, .severalOrders(2)))
        #expect(try readBill(answer([first, first])).bill.internalOrderID == "o-1")
        #expect(try readBill(answer([second, first, second]), billID: "o-2").bill.internalOrderID == "o-2")
        #expect(refusal(answer([second, first, second])) == BillError(place, .severalOrders(2)))
        #expect(refusal(answer([first]), billID: "o-3") == BillError(place, .noSuchOrder("o-3")))
        #expect(refusal(answer([])) == BillError(place, .noOrders))
        #expect(refusal(first, billID: "o-2") == BillError(.field("id"), .differs(asked: "o-2", found: "o-1")))
        let other = BillError(.field("orders[0].organizationId"), .differs(asked: "org-2", found: "org-1"))
        #expect(refusal(answer([first]), restaurant: "org-2") == other)
    }

    @Test func `other currency`() throws {
        let (bill, _, _) = try readBill(Self.order(Self.soup), currency: "KZT")
        #expect(bill.amount.description == "100.00 KZT")
    }

    @Test(
        arguments: [
            ("no type", "{\"amount\": 1}", "order.items[0].type", .missing),
            ("an unknown type", "{\"type\": \"Gift\", \"amount\": 1}", "order.items[0].type", .unknownItemType("Gift")),
            ("no amount", product("a", "\"price\": 1"), "order.items[0].amount", .missing),
            ("no sum of any kind", product("a", "\"amount\": 1"), "order.items[0].resultSum", .missing),
            (
                "a third decimal", product("a", "\"amount\": 1, \"resultSum\": 0.305"), "order.items[0].resultSum",
                .money(.tooPrecise("0.305", digits: 2))
            ),
            (
                "an exponent in a string", product("a", "\"amount\": \"1e3\", \"price\": 1"),
                "order.items[0].amount", .money(.notDecimal("1e3"))
            ),
            (
                "a huge amount", product("a", "\"amount\": 1e999999999, \"price\": 1"), "order.items[0].amount",
                .money(.overflow)
            ),
            (
                "a product beyond 64 bits", product("a", "\"amount\": 1000000, \"price\": 92233720368547758"),
                "order.items[0]", .money(.overflow)
            ),
            (
                "a strange deletion", product("a", "\"amount\": 1, \"price\": 1, \"deleted\": \"yes\""),
                "order.items[0].deleted", .wrongType(expected: .object)
            ),
            ("no component", "{\"type\": \"Compound\", \"amount\": 1}", "order.items[0].primaryComponent", .missing),
            (
                "a modifier without anything", product("a", "\"amount\": 1, \"price\": 1, \"modifiers\": [{}]"),
                "order.items[0].modifiers[0].amount", .missing
            ),
            (
                "a deleted line alone", product("a", "\"amount\": 1, \"price\": 1, \"deleted\": {}"), "order.items",
                .noLines
            ),
        ] as [(String, String, String, BillError.Reason)])
    func `refused items`(name: String, item: String, place: String, reason: BillError.Reason) {
        #expect(refusal(Self.order(item)) == BillError(.field(place), reason))
    }

    @Test(
        arguments: [
            ("a negative total", "-1", .negativeTotal(rub(-100))), ("a total of nothing", "0", .nothingToPay),
            ("no total", "null", .missing),
            ("too precise a total", "1.001", .money(.tooPrecise("1.001", digits: 2))),
        ] as [(String, String, BillError.Reason)])
    func `refused totals`(name: String, sum: String, reason: BillError.Reason) {
        #expect(refusal(Self.order(Self.soup, sum: sum)) == BillError(.field("order.sum"), reason))
    }

    @Test func `modifiers count as lines`() {
        let modifiers = repeatElement("{\"product\":{\"name\":\"m\"},\"amount\":1,\"price\":0}", count: 5_000).joined(
            separator: ",")
        let item = Self.product("a", "\"amount\":1,\"price\":1,\"modifiers\":[\(modifiers)]")
        let expected = BillError(.field("order.items[1].modifiers[4998]"), .tooManyLines(10_001))
        #expect(refusal(Self.order(item, item)) == expected)
    }
}
