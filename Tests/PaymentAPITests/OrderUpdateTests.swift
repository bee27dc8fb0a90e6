import HTTPKit
import JSONKit
import PaymentAPI
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import TestSupport
import Testing

/// `POST /order/update` according to its specification.
@Suite struct OrderUpdateTests {
    private func update(_ api: APIFixture, _ update: JSON, key: String = APIFixture.gatewayKeys[0]) async throws
        -> HTTPResponse
    {
        try await api.send("POST", "/order/update", [("X-Gateway-Key", key)], body: update.json)
    }

    private func holding(_ link: Deeplink, uid: String, card: String = "card-approve") -> JSON {
        [
            "order_id": .string(link.orderID), "uid": .string(uid), "status": "HOLDING",
            "payment_method_id": .string(card),
            "eda_order_id": .string(EdaOrderID.derive(orderID: link.orderID, uid: uid, service: "restaurant")),
        ]
    }

    @Test func `the first user pays and others are refused`() async throws {
        try await APIFixture.run { api async throws in
            let link = try await api.order()
            let begun = try await update(api, holding(link, uid: "1", card: "card-decline"))
            #expect(begun.status == 200 && begun.json["status"] == "HOLDING" && begun.json["uid"] == "1")
            #expect(try await update(api, holding(link, uid: "2")).code == "order_taken")
            #expect(try await api.outcome(link, uid: "1").json["status"] == "DECLINED")
            // After a failed hold another user may take over.
            let taken = try await update(api, holding(link, uid: "2"))
            #expect(taken.status == 200 && taken.json["uid"] == "2")
            #expect(try await api.outcome(link, uid: "2").json["status"] == "PAYED")
            let eda = taken.json["eda_order_id"]
            #expect(eda.text != nil)
            let paid = try await update(api, ["eda_order_id": eda, "uid": "2", "status": "CLEARED"])
            #expect(
                paid.json == ["order_id": .string(link.orderID), "eda_order_id": eda, "uid": "2", "status": "CLEARED"])
        }
    }

    @Test func `the same user tries again by Eda order ID`() async throws {
        try await APIFixture.run { api async throws in
            let link = try await api.order()
            let begun = try await update(api, holding(link, uid: "1", card: "card-decline-once"))
            #expect(try await api.outcome(link, uid: "1").json["status"] == "DECLINED")
            let again = try await update(
                api, ["eda_order_id": begun.json["eda_order_id"], "uid": "1", "status": "HOLDING"])
            #expect(again.status == 200)
            #expect(try await api.outcome(link, uid: "1").json["status"] == "PAYED")
        }
    }

    /// Outcomes come from transactions, however often an update asserts them.
    @Test func `outcomes cannot be set by request`() async throws {
        var setup = APIFixture.Setup()
        setup.workers = 0
        try await APIFixture.run(setup) { api async throws in
            let link = try await api.order()
            let begun = try await update(api, holding(link, uid: "1"))
            let eda = begun.json["eda_order_id"]
            for status in OrderStatus.allCases where status != .holding {
                let answer = try await update(
                    api, ["eda_order_id": eda, "uid": "1", "status": .string(status.rawValue)])
                #expect(answer.status == 409 && answer.code == "state_forbids", "\(status)")
            }
            #expect(try await Orders(api.services).order(link.orderID).status == .holding)
        }
    }

    @Test func `inconsistent updates are refused`() async throws {
        try await APIFixture.run { api async throws in
            let (link, other) = (try await api.order("1"), try await api.order("2"))
            let refusals: [(name: String, JSON, status: Int, code: String)] = [
                ("no order", ["uid": "1", "status": "HOLDING"], 400, "bad_request"),
                ("unknown order", ["order_id": "none", "uid": "1", "status": "HOLDING"], 404, "order_not_found"),
                ("unknown eda order", ["eda_order_id": "none", "uid": "1", "status": "HELD"], 404, "order_not_found"),
                (
                    "no method", ["order_id": .string(link.orderID), "uid": "1", "status": "HOLDING"], 400,
                    "bad_request"
                ),
                (
                    "no such status", ["order_id": .string(link.orderID), "uid": "1", "status": "PAID"], 400,
                    "bad_request"
                ),
                (
                    "another user's eda order",
                    .object(holding(link, uid: "1").members.merging(["uid": "2"]) { $1 }), 400, "bad_eda_order_id"
                ),
                (
                    "another order's eda order",
                    .object(holding(link, uid: "1").members.merging(["order_id": .string(other.orderID)]) { $1 }), 400,
                    "bad_eda_order_id"
                ),
                (
                    "a stale bill", .object(holding(link, uid: "1").members.merging(["bill_version": 2]) { $1 }), 409,
                    "stale_bill"
                ),
            ]
            for (name, body, status, code) in refusals {
                let answer = try await update(api, body)
                #expect(answer.status == status && answer.code == code, "\(name)")
            }
            #expect(try await update(api, holding(link, uid: "1"), key: api.key).status == 401)
            #expect(try await Orders(api.services).order(link.orderID).status == .pending)
        }
    }
}
