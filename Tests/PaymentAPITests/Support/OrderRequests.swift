import HTTPKit
import JSONKit
import PaymentAPI
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import TestSupport
import Testing

/// Bills, links and payments as the parties send them.
extension APIFixture {
    static func bill(
        _ id: String = "i-1", restaurant: String = restaurant, amount: JSON = "100", currency: String = "RUB"
    ) -> String {
        ([
            "client_id": .string(restaurant), "internal_order_id": .string(id),
            "bill": [
                "currency": .string(currency), "amount": amount, "elements": [["name": "Борщ", "amount": "120"]],
            ],
        ] as JSON).json
    }

    /// Sends a bill and returns the deeplink of its QR code.
    func order(_ id: String = "i-1", sourceLocation: SourceLocation = #_sourceLocation) async throws -> Deeplink {
        let answer = try await send(
            "POST", "/orders", asRestaurant(), body: Self.bill(id), sourceLocation: sourceLocation)
        let link = try #require(answer.json["bill_lines"][1]["value"].text, sourceLocation: sourceLocation)
        return try Deeplink(url: link, base: services.settings.deeplinkBase)
    }

    static func preorder(_ link: Deeplink, service: String = "restaurant") -> String {
        "/4.0/payments/v1/preorder?service=\(service)&" + query(link)
    }

    static func query(_ link: Deeplink) -> String {
        "order_id=\(link.orderID)&restaurant_id=\(link.restaurantID)&kid=\(link.kid)&hmac=\(link.hmac)"
    }

    static func payment(_ link: Deeplink, card: String = "card-approve", _ changes: JSON = [:]) -> String {
        let payment: JSON = [
            "service": "restaurant", "order_id": .string(link.orderID), "restaurant_id": .string(link.restaurantID),
            "kid": .string(link.kid), "hmac": .string(link.hmac), "payment_method_id": .string(card), "bill_version": 1,
        ]
        return JSON.object(payment.members.merging(changes.members) { $1 }).json
    }

    func pay(
        _ link: Deeplink, uid: String = "4001", card: String = "card-approve",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> HTTPResponse {
        try await send(
            "POST", "/4.0/payments/v1/orders", Self.asUser(uid), body: Self.payment(link, card: card),
            sourceLocation: sourceLocation)
    }

    /// The guest's status, once it is other than `WAITING`.
    func outcome(
        _ link: Deeplink, uid: String = "4001", sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> HTTPResponse {
        try await send(
            "GET", "/4.0/payments/v1/orders?order_id=\(link.orderID)&wait=30&seen=WAITING", Self.asUser(uid),
            sourceLocation: sourceLocation)
    }

    /// Returns once this many requests are waiting for changes.
    func untilPollsWait(_ count: Int) async throws {
        let expected = "\nqrpay_polls_waiting \(count)\n"
        while try await !String(decoding: send("GET", "/metrics").body, as: UTF8.self).contains(expected) {}
    }

    func list(
        _ orderIDs: [String], wait: Int? = nil, seen: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> HTTPResponse {
        let query = [wait.map { "wait=\($0)" }, seen.map { "seen=\($0)" }].compactMap(\.self).joined(separator: "&")
        let body: JSON = [
            "client_id": .string(Self.restaurant), "orders": .array(orderIDs.map(JSON.string)),
        ]
        return try await send(
            "POST", "/orders/list" + (query.isEmpty ? "" : "?\(query)"), asRestaurant(), body: body.json,
            sourceLocation: sourceLocation)
    }
}

extension HTTPResponse {
    /// The statuses of `POST /orders/list`, in order.
    var statuses: [String] { (json["orders"].elements).compactMap { $0["status"].text } }
}
