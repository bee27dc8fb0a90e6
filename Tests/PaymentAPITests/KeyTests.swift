import HTTPKit
import JSONKit
import PaymentAPI
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import TestSupport
import Testing

/// Keys of restaurants and of requests.
@Suite struct KeyTests {
    @Test func `two keys are valid while one is changed`() async throws {
        try await APIFixture.run { api async throws in
            let keys = RestaurantKeys(api.services)
            func status(_ key: String?) async throws -> Int {
                try await api.send(
                    "POST", "/orders/list", api.asRestaurant(key), body: #"{"client_id":"cafe-42","orders":[]}"#
                ).status
            }
            let second = try await keys.rotate(clientID: APIFixture.restaurant, endingFormer: false)
            #expect(second.valid == [2, 1])
            #expect(try await status(api.key) == 200)
            #expect(try await status(second.key) == 200)

            let third = try await keys.rotate(clientID: APIFixture.restaurant, endingFormer: false)
            #expect(third.valid == [3, 2])
            #expect(try await status(api.key) == 401)
            #expect(try await status(second.key) == 200)

            #expect(try await keys.endFormer(clientID: APIFixture.restaurant).valid == [3])
            #expect(try await status(second.key) == 401)
            #expect(try await status(third.key) == 200)

            let fourth = try await keys.rotate(clientID: APIFixture.restaurant, endingFormer: true)
            #expect(fourth.valid == [4])
            #expect(try await status(third.key) == 401)
            #expect(try await status(fourth.key) == 200)
        }
    }

    @Test func `a first key is created only once`() async throws {
        try await APIFixture.run { api async throws in
            let keys = RestaurantKeys(api.services)
            let again = await #expect(throws: Problem.self) { try await keys.issue(clientID: APIFixture.restaurant) }
            #expect(again?.code == "key_exists")
            let unknown = await #expect(throws: Problem.self) { try await keys.issue(clientID: "nobody") }
            #expect(unknown?.code == "restaurant_not_found")
        }
    }

    @Test func `a late repetition of a bill makes no new version`() async throws {
        try await APIFixture.run { api async throws in
            func send(_ amount: JSON, key: String?) async throws -> (Int, String?) {
                let headers = api.asRestaurant() + (key.map { [("Idempotency-Key", $0)] } ?? [])
                let answer = try await api.send("POST", "/orders", headers, body: APIFixture.bill(amount: amount))
                return (answer.status, answer.code)
            }
            #expect(try await send("100", key: "first") == (200, nil))
            #expect(try await send("110", key: "second") == (200, nil))
            // The response to the first one was lost, and iiko retries.
            #expect(try await send("100", key: "first") == (200, nil))
            let orders = try await Orders(api.services).list(.init())
            #expect(orders.map(\.billVersion) == [2] && orders.map(\.amount.decimal) == ["110.00"])
            #expect(try await send("120", key: "first") == (409, "idempotency_key_reused"))
        }
    }

    @Test func `a late repetition of a payment is not a new attempt`() async throws {
        try await APIFixture.run { api async throws in
            let link = try await api.order()
            func pay(_ key: String) async throws -> String? {
                let body = APIFixture.payment(link, card: "card-decline-once")
                let headers = APIFixture.asUser() + [("Idempotency-Key", key)]
                return try await api.send("POST", "/4.0/payments/v1/orders", headers, body: body).json["status"].text
            }
            #expect(try await pay("first") == "WAITING")
            #expect(try await api.outcome(link).json["status"] == "DECLINED")
            #expect(try await pay("first") == "DECLINED")
            #expect(try await pay("second") == "WAITING")
            #expect(try await api.outcome(link).json["status"] == "PAYED")
        }
    }
}
