import HTTPKit
import PaymentAPI
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import TestSupport
import Testing

/// Every route of the public API.
@Suite struct GoodPathTests {
    @Test func `a bill becomes lines for the receipt`() async throws {
        try await APIFixture.run { api async throws in
            let answer = try await api.send("POST", "/orders", api.asRestaurant(), body: APIFixture.bill())
            #expect(answer.status == 200)
            let orderID = try #require(answer.json["order_id"].text)
            let link = api.services.deeplinks.sign(orderID: orderID, restaurantID: APIFixture.restaurant).url()
            #expect(
                answer.json == [
                    "order_id": .string(orderID),
                    "bill_lines": [
                        ["type": "text", "value": "Оплати через yandex-go и получи кэшбэк 30%!"],
                        ["type": "qr-code", "value": .string(link)],
                    ],
                ])
            let again = try await api.send(
                "POST", "/orders", [("Authorization", "Bearer \(api.key)")], body: APIFixture.bill())
            #expect(again.json == answer.json)
        }
    }

    @Test func `a restaurant without cashback does not advertise it`() async throws {
        try await APIFixture.run { api async throws in
            _ = try await Restaurants(api.services).add(clientID: "bar.7", name: "Бар", zone: nil, cashback: nil)
            let key = try #require(try await RestaurantKeys(api.services).issue(clientID: "bar.7").key)
            let answer = try await api.send(
                "POST", "/orders", api.asRestaurant(key), body: APIFixture.bill(restaurant: "bar.7"))
            #expect(answer.json["bill_lines"][0]["value"] == "Оплати через yandex-go!")
        }
    }

    /// A file is read on the server's thread, a store in memory is not.
    @Test(arguments: [true, false]) func `the restaurant polls its own orders`(isFile: Bool) async throws {
        let directory = try TemporaryDirectory()
        var setup = APIFixture.Setup()
        if isFile { setup.storePath = directory.file("qrpay.db") }
        try await APIFixture.run(setup) { api async throws in
            let (first, second) = (try await api.order("1"), try await api.order("2"))
            _ = try await api.pay(first)
            _ = try await api.outcome(first)
            let asked = [second.orderID, first.orderID, "strange \" id", second.orderID]
            let answer = try await api.list(asked)
            #expect(answer.statuses == ["WAITING", "PAYED", "NOT_FOUND", "WAITING"])
            #expect(answer.json["orders"].elements.compactMap { $0["id"].text } == asked)
            #expect(try await api.list([]).json == ["orders": []])

            _ = try await Restaurants(api.services).add(clientID: "bar", name: "Бар", zone: nil, cashback: nil)
            let key = try #require(try await RestaurantKeys(api.services).issue(clientID: "bar").key)
            let body = #"{"orders":["\#(first.orderID)"]}"#
            let foreign = try await api.send("POST", "/orders/list", api.asRestaurant(key), body: body)
            #expect(foreign.statuses == ["NOT_FOUND"])
        }
    }

    @Test func `a thousand orders fit in one request`() async throws {
        try await APIFixture.run { api async throws in
            let link = try await api.order()
            let asked = (1...999).map { "no-\($0)" } + [link.orderID]
            let answer = try await api.list(asked)
            #expect(answer.statuses == Array(repeating: "NOT_FOUND", count: 999) + ["WAITING"])
            let refused = try await api.list(asked + ["one-more"])
            #expect(refused.status == 400 && refused.code == "too_many_orders")
        }
    }

    @Test func `the app shows the bill`() async throws {
        try await APIFixture.run { api async throws in
            let link = try await api.order()
            let answer = try await api.send("GET", APIFixture.preorder(link), APIFixture.asUser())
            #expect(answer.status == 200)
            #expect(answer.json["cashback"] == ["rate": "30%", "amount": "30.00", "currency": "RUB"])
            #expect(answer.json["lines"] == [["name": "Борщ", "amount": "120.00"]])
            #expect(answer.json["amount"] == "100.00" && answer.json["bill_version"] == 1)
            #expect(answer.json["restaurant"] == ["client_id": "cafe-42", "name": "Кафе «Пирог»"])
            #expect(answer.json["payment_methods"][0]["id"] == "card-approve")
        }
    }

    @Test func `the guest pays`() async throws {
        try await APIFixture.run { api async throws in
            let link = try await api.order()
            let begun = try await api.pay(link)
            #expect(begun.status == 200 && begun.headers["X-Polling-Delay"] == "1")
            #expect(begun.json == ["message": "Ожидайте оплаты", "status": "WAITING"])
            let paid = try await api.outcome(link)
            #expect(paid.json == ["message": "Заказ оплачен, кэшбэк скоро будет начислен", "status": "PAYED"])
            #expect(try await api.pay(link).json["status"] == "PAYED")
            #expect(try await api.list([link.orderID]).statuses == ["PAYED"])
        }
    }

    @Test func `after a decline another guest can pay`() async throws {
        try await APIFixture.run { api async throws in
            let link = try await api.order()
            _ = try await api.pay(link, uid: "1", card: "card-decline")
            let declined = try await api.outcome(link, uid: "1")
            #expect(declined.json == ["message": "Не удалось оплатить заказ", "status": "DECLINED"])
            #expect(try await api.list([link.orderID]).statuses == ["WAITING"])
            let preorder = try await api.send("GET", APIFixture.preorder(link), APIFixture.asUser("2"))
            #expect(preorder.json["status"] == "HOLD_FAILED")
            _ = try await api.pay(link, uid: "2")
            #expect(try await api.outcome(link, uid: "2").json["status"] == "PAYED")
            // The former payer does not see it as a payment of their own; another user is refused.
            #expect(try await api.outcome(link, uid: "1").json["status"] == "DECLINED")
            #expect(try await api.outcome(link, uid: "3").code == "order_taken")
        }
    }

    @Test func `the app asks where the feature is offered`() async throws {
        try await APIFixture.run { api async throws in
            let gateway = [("X-Gateway-Key", APIFixture.gatewayKeys[1])]
            let available = try await api.send("GET", "/availability?uuid=u&phone_id=p&nearest_zone=moscow", gateway)
            #expect(available.json == ["is_available": true])
            _ = try await Restaurants(api.services).add(clientID: "bar", name: "Бар", zone: nil, cashback: nil)
            _ = try await Restaurants(api.services).add(
                clientID: "spb", name: "Аврора", zone: "spb", cashback: try Percent("7.5"))
            let near = try await api.send("GET", "/restaurants?nearest_zone=moscow", gateway)
            #expect(
                near.json == [
                    "restaurants": [["name": "Бар", "cashback": "0%"], ["name": "Кафе «Пирог»", "cashback": "30%"]]
                ])
            let all = try await api.send("GET", "/restaurants", gateway)
            #expect(all.json["restaurants"][0] == ["name": "Аврора", "cashback": "7.5%"])
        }
    }

    @Test func `health reflects the store`() async throws {
        try await APIFixture.run { api async throws in
            #expect(try await api.send("GET", "/healthz").json == ["status": "ok"])
            let head = try await api.send("GET", "/openapi.json")
            #expect(head.json["openapi"] == "3.1.0")
        }
    }
}
