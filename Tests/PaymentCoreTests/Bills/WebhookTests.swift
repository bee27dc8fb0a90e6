import PaymentCore
import Testing

/// What iiko's webhook delivers is read as the order it contains.
struct WebhookTests {
    static func event(_ info: String, type: String = "TableOrderUpdate") -> String {
        """
        {"eventType": "\(type)", "eventTime": "2026-01-31 20:14:09.123", "organizationId": "org-1",
         "correlationId": "c-1", "eventInfo": \(info)}
        """
    }

    static func order(_ id: String = "o-1") -> String { IikoCloudFormTests.order(IikoCloudFormTests.soup, id: id) }

    /// A state of the order, as of iiko's `timestamp`.
    static func state(_ time: Int?, _ status: String = "Bill") -> String {
        let order = IikoCloudFormTests.order(IikoCloudFormTests.soup, id: "o-1", status: "\"\(status)\"")
        return order.replacing("1769884522000", with: time.map { "\($0)" } ?? "null")
    }

    static func at(_ time: Int?, _ status: String = "Bill") -> String { event(state(time, status)) }

    static let other = event("{\"id\": \"x\", \"stopListUpdates\": []}", type: "StopListUpdate")

    @Test(
        arguments: [
            ("one event", "[\(event(order()))]", nil), ("an event alone", event(order()), nil),
            ("among others", "[\(other), \(event(order())), \(event("null"))]", nil),
            ("chosen by its id", "[\(event(order())), \(event(order("o-2")))]", "o-1"),
            ("one order, event after event", "[\(at(1, "Closed")), \(at(2, "New")), \(at(3))]", nil),
            ("out of order", "[\(at(3)), \(at(1, "Closed")), \(at(2, "New"))]", nil),
            ("at one time", "[\(at(3, "New")), \(at(3))]", nil),
            ("without a time", "[\(at(nil, "New")), \(at(nil))]", nil),
            ("event after event, by its id", "[\(at(1, "New")), \(at(2)), \(event(order("o-2")))]", "o-1"),
            ("state after state", "{\"orders\": [\(state(1, "New")), \(state(2))]}", nil),
            ("orders without events", "[\(order())]", nil), ("blanks in front", "\n [\(event(order()))]\n", nil),
        ] as [(String, String, String?)])
    func `one order is read`(name: String, text: String, id: String?) throws {
        for format in [nil, BillFormat.iikocloud] {
            let (bill, warnings, form) = try readBill(text, format: format, billID: id, isStrict: true)
            #expect(form == .iikocloud && warnings.isEmpty)
            #expect(bill.clientID == "org-1" && bill.internalOrderID == "o-1" && bill.amount == rub(10_000))
        }
    }

    @Test(
        arguments: [
            ("no events", "[]", .whole, .noOrders), ("one of something else", "[\(other)]", .whole, .noOrders),
            ("events of others", "[\(other), \(other)]", .whole, .noOrders),
            ("several orders", "[\(event(order())), \(event(order("o-2")))]", .whole, .severalOrders(2)),
            (
                "an order that iiko has not created",
                "[\(event(#"{"id": "o", "organizationId": "r", "creationStatus": "Error", "order": null}"#))]",
                .field("[0].eventInfo.creationStatus"), .notCreated(status: "Error")
            ),
            ("an event about nothing", "[\(event("null"))]", .field("[0].eventInfo"), .missing),
            (
                "an order that is closed",
                "[\(event(IikoCloudFormTests.order(IikoCloudFormTests.soup, status: "\"Closed\"")))]",
                .field("[0].eventInfo.order.status"), .notABill(status: "Closed")
            ),
        ] as [(String, String, BillPlace, BillError.Reason)])
    func `anything else is refused`(name: String, text: String, place: BillPlace, reason: BillError.Reason) {
        #expect(refusal(text) == BillError(place, reason))
    }

    @Test func `another order than requested is refused`() {
        #expect(refusal("[\(Self.event(Self.order()))]", billID: "o-2") == BillError(.whole, .noSuchOrder("o-2")))
    }
}
