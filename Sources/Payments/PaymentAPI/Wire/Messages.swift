import HTTPKit
import JSONKit
import PaymentCore
import Payments

/// The schemas of requests and responses in the OpenAPI document.
enum Messages {
    private static let decimal = JSONSchema.either(.amount("Decimal text"), .number)
    private static let signedDecimal = JSONSchema.either(.signedAmount("Decimal text"), .number)

    static let bill = JSONSchema.object([
        "client_id": .identifier("The restaurant; the key's own"),
        "internal_order_id": .identifier("The restaurant's id of the order; repeated, it is the same order"),
        "bill": .object(
            [
                "currency": .currency, "amount": decimal, "prepaid": decimal,
                "elements": .array(
                    of: .object(["name": .string(to: BillLine.maximumNameLength), "amount": signedDecimal]),
                    to: Bill.maximumLines),
            ], optional: ["prepaid"]),
    ])

    static let createdOrder = JSONSchema.object([
        "order_id": .identifier("Our id of the order"),
        "bill_lines": .array(
            of: .object([
                "type": .word(["text", "qr-code"]),
                "value": .string("What to print, or the content of the QR code", from: 1),
            ])),
    ])

    static let maximumOrders = 1000

    static let ordersQuestion = JSONSchema.object(
        [
            "client_id": .identifier("The restaurant; the key's own"),
            "orders": .array(of: .string("An order's id"), to: maximumOrders),
        ], optional: ["client_id"])

    static let ordersAnswer = JSONSchema.object([
        "orders": .array(
            of: .object([
                "id": .string("As asked"), "status": .word(["WAITING", "PAYED", "CANCELED", "NOT_FOUND"]),
            ]))
    ])

    static let update = JSONSchema.object(
        [
            "order_id": .identifier("Needed to begin a payment"),
            "eda_order_id": .identifier("Finds a payment that was begun"),
            "uid": .identifier("On whose behalf"),
            "status": .word(
                OrderStatus.allCases.map(\.rawValue), "HOLDING begins a payment; any other is only confirmed"),
            "payment_method_id": .identifier("For HOLDING; without it, that of the same user's last attempt"),
            "bill_version": .integer("The version of the bill that the user saw", in: 1...1_000_000),
        ], optional: ["order_id", "eda_order_id", "payment_method_id", "bill_version"])

    static let updatedOrder = JSONSchema.object([
        "order_id": .identifier(""), "eda_order_id": .identifier(""), "uid": .identifier(""),
        "status": .word(OrderStatus.allCases.map(\.rawValue)),
    ])

    static let preorder = JSONSchema.object(
        [
            "order_id": .identifier(""),
            "restaurant": .object(["client_id": .identifier(""), "name": .string("Shown to guests")]),
            "status": .word(OrderStatus.allCases.map(\.rawValue)),
            "bill_version": .integer("To be named when paying", in: 1...1_000_000),
            "currency": .currency,
            "amount": .amount("What the guest pays"),
            "prepaid": .amount("What was paid at the restaurant before; the lines are of both together"),
            "lines": .array(
                of: .object(
                    [
                        "name": .string(from: 1), "quantity": .amount("The quantity; not known for every bill"),
                        "amount": .signedAmount("Negative for a line that reduces the bill"),
                    ], optional: ["quantity"])),
            "cashback": .object(["rate": .percent, "amount": .amount(""), "currency": .currency]),
            "payment_methods": .array(
                of: .object(["id": .identifier(""), "title": .string("Such as VISA ****4242")])),
        ], optional: ["cashback"])

    static let payment = JSONSchema.object([
        "service": Input.serviceField.schema, "order_id": Input.orderIDField.schema,
        "restaurant_id": Input.restaurantIDField.schema, "kid": Input.kidField.schema, "hmac": Input.hmacField.schema,
        "payment_method_id": .identifier("One of the preorder's"),
        "bill_version": .integer("The preorder's; an older one is refused", in: 1...1_000_000),
    ])

    static let guestStatuses = ["WAITING", "PAYED", "DECLINED"]

    static let paymentStatus = JSONSchema.object([
        "message": .string("For the guest, in Russian", from: 1), "status": .word(guestStatuses),
    ])

    static let callback = JSONSchema.object([
        "event_id": .string("The same when the report is repeated", from: 1, to: 200),
        "invoice_id": .identifier("The eda_order_id"),
        "operation": .object(
            [
                "number": .integer("From 1 within the invoice", in: 1...1_000_000_000),
                "kind": .word(PaymentOperation.Kind.allCases.map(\.rawValue)),
                "amount": .amount(""), "currency": .currency,
                "status": .word(PaymentOperation.Status.allCases.map(\.rawValue)), "reason": .string("Why it failed"),
            ], optional: ["reason"]),
    ])

    static let callbackEffect = JSONSchema.object([
        "effect": .word(["applied", "duplicate", "ignored"], "The effect of the report; each value acknowledges it")
    ])

}

extension JSONSchema {
    /// An ``PaymentCore/Identifier``.
    static func identifier(_ about: String) -> JSONSchema {
        string(about, pattern: "^[A-Za-z0-9._-]{1,\(Identifier.maximumLength)}$")
    }

    /// An amount as decimal text.
    static func amount(_ about: String) -> JSONSchema { string(about, pattern: "^[0-9]+([.][0-9]+)?$") }

    /// An amount as decimal text that may be negative.
    static func signedAmount(_ about: String) -> JSONSchema { string(about, pattern: "^-?[0-9]+([.][0-9]+)?$") }

    /// A share as text with a percent sign.
    static let percent = string("A share, such as 30% or 7.5%", pattern: "^[0-9]+([.][0-9]+)?%$")

    static let currency = string("ISO 4217", pattern: "^[A-Z]{3}$")
}
