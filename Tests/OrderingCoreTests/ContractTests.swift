import JSONKit
import MessagingKit
import OrderingCore
import Testing
import WorldKit

@Suite struct ContractTests {
    static let now = Instant(microseconds: 1_700_000_000_000_000)

    static let fields: FieldSet = {
        var fields = FieldSet()
        fields[.userID] = "u-1"
        fields[.orderID] = "o-1"
        fields[.paymentID] = "o-1:1"
        fields[.basketID] = "b-1"
        fields[.requestID] = "r-1"
        fields[.email] = "pavel@example.com"
        fields[.firstName] = "Павел"
        fields[.lastName] = ""
        fields[.phone] = "+7 900 000-00-00"
        fields[.passwordHash] = String(repeating: "0f", count: 32)
        fields[.amount] = Money(minorUnits: 1050)
        fields[.price] = Money(minorUnits: 1050)
        fields[.balance] = .zero
        fields[.reason] = .notEnoughMoney
        return fields
    }()

    static func message(
        _ type: String, _ body: String, version: Int = 1, id: String = "order:r-1:0", key: String = "o-1",
        correlationID: String = "r-1", causationID: String? = "r-1"
    ) -> Message {
        Message(
            id: id, type: type, key: key, correlationID: correlationID, causationID: causationID, time: now,
            schemaVersion: version, body: Array(body.utf8))
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var style: StyleName
        var names: [String]

        var testDescription: String { style.rawValue }
    }

    static let withGateway = [
        "Gateway/RegistrationRequested", "Gateway/CreateOrder", "Gateway/BillingAccountDeposit",
        "Gateway/BillingAccountWithdraw", "Billing/BillingAccountDepositSucceded",
        "Billing/BillingAccountDepositFailed", "Billing/BillingAccountWithdrawSucceded",
        "Billing/BillingAccountWithdrawFailed", "Identity/UserCreated", "Billing/PaymentCreated",
        "Billing/PaymentFailed", "Order/OrderFailed", "Order/OrderCreated",
    ]
    static let rows = [
        Row(style: .http, names: []), Row(style: .events, names: withGateway + ["Order/PaymentRequired"]),
        Row(style: .collaboration, names: withGateway + ["Billing/CreatePayment"]),
        Row(
            style: .hybrid,
            names: [
                "Identity/UserCreated", "Billing/CreatePayment", "Billing/PaymentCreated", "Billing/PaymentFailed",
                "Order/OrderSucceeded", "Order/OrderFailed",
            ]),
    ]

    @Test(arguments: rows) func `each style has its messages`(_ row: Row) {
        let types = MessageType.allCases.filter { Contract.entry($0, in: row.style) != nil }
        #expect(Set(types.map(\.rawValue)) == Set(row.names))
    }

    struct Body: Sendable, CustomTestStringConvertible {
        var style: StyleName
        var type: MessageType
        var json: String

        var testDescription: String { "\(style.rawValue), \(type.rawValue)" }
    }

    static let bodies = [
        Body(style: .events, type: .userCreated, json: #"{"userId":"u-1"}"#),
        Body(
            style: .hybrid, type: .userCreated,
            json: #"{"email":"pavel@example.com","firstName":"Павел","lastName":"","phone":"+7 900 000-00-00","#
                + #""userId":"u-1"}"#),
        Body(style: .events, type: .paymentRequired, json: #"{"orderId":"o-1","userId":"u-1"}"#),
        Body(
            style: .collaboration, type: .createPayment,
            json: #"{"amount":1050,"orderId":"o-1","paymentId":"o-1:1","userId":"u-1"}"#),
        Body(
            style: .hybrid, type: .paymentFailed,
            json: #"{"amount":1050,"orderId":"o-1","paymentId":"o-1:1","reason":"not_enough_money","userId":"u-1"}"#),
        Body(style: .events, type: .orderCreated, json: #"{"orderId":"o-1","userId":"u-1"}"#),
        Body(style: .collaboration, type: .orderCreated, json: #"{"orderId":"o-1","price":1050,"userId":"u-1"}"#),
        Body(style: .hybrid, type: .orderSucceeded, json: #"{"orderId":"o-1","price":1050,"userId":"u-1"}"#),
        Body(
            style: .events, type: .orderFailed, json: #"{"orderId":"o-1","reason":"not_enough_money","userId":"u-1"}"#),
        Body(
            style: .events, type: .createOrder,
            json: #"{"basketId":"b-1","orderId":"o-1","price":1050,"userId":"u-1"}"#),
    ]

    @Test(arguments: bodies) func `a body has the fields of its style and type`(_ body: Body) throws {
        let form = try #require(Contract.entry(body.type, in: body.style)).body
        let (bytes, version) = try Contract.encode(Self.fields.limited(to: form), as: body.type, in: body.style)
        #expect(String(decoding: bytes, as: UTF8.self) == body.json)
        #expect(version == 1)
    }

    @Test(arguments: StyleName.allCases) func `every message of a style is read as it was written`(
        _ style: StyleName
    ) throws {
        for entry in Contract.entries where entry.styles.contains(style) {
            let fields = Self.fields.limited(to: entry.body)
            let (body, version) = try Contract.encode(fields, as: entry.type, in: style)
            var message = Self.message(entry.type.rawValue, "", version: version)
            message.body = body
            let (type, read) = try Contract.decode(message, in: style)
            #expect(type == entry.type)
            #expect(read == fields)
        }
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        var name: String
        var message: Message
        var code: String

        var testDescription: String { name }
    }

    static let good = #"{"amount":1050,"orderId":"o-1","paymentId":"o-1:1","userId":"u-1"}"#

    static func payment(_ body: String) -> Message { message("Billing/CreatePayment", body) }

    static let refused = [
        Refused(name: "unknown type", message: message("Billing/Nothing", good), code: "unknown_type"),
        Refused(
            name: "type of another style", message: message("Order/PaymentRequired", good), code: "not_in_style"),
        Refused(
            name: "unknown version", message: message("Billing/CreatePayment", good, version: 2),
            code: "unknown_schema_version"),
        Refused(
            name: "10 MB", message: payment(String(repeating: " ", count: 10 << 20)), code: "body_too_large"),
        Refused(name: "no JSON", message: payment("amount=1"), code: "malformed_body"),
        Refused(name: "an array", message: payment("[]"), code: "malformed_body"),
        Refused(name: "nothing", message: payment(""), code: "malformed_body"),
        Refused(
            name: "a missing field", message: payment(#"{"amount":1050,"orderId":"o-1","userId":"u-1"}"#),
            code: "malformed_body"),
        Refused(
            name: "an unknown field", message: payment(good.dropLast() + #","tip":1}"#), code: "malformed_body"),
        Refused(
            name: "a repeated field", message: payment(good.dropLast() + #","userId":"u-2"}"#), code: "malformed_body"),
        Refused(
            name: "a negative amount", message: payment(good.replacing("1050", with: "-1")), code: "malformed_body"),
        Refused(
            name: "an amount with decimals", message: payment(good.replacing("1050", with: "10.5")),
            code: "malformed_body"),
        Refused(
            name: "an enormous amount", message: payment(good.replacing("1050", with: "9223372036854775807")),
            code: "malformed_body"),
        Refused(
            name: "an amount as text", message: payment(good.replacing("1050", with: #""1050""#)),
            code: "malformed_body"),
        Refused(name: "an empty id", message: payment(good.replacing("u-1", with: "")), code: "malformed_body"),
        Refused(
            name: "an id that is a path", message: payment(good.replacing("u-1", with: "../u-1")),
            code: "malformed_body"),
        Refused(
            name: "an enormous id", message: payment(good.replacing("u-1", with: String(repeating: "u", count: 201))),
            code: "malformed_body"),
        Refused(
            name: "a null", message: payment(good.replacing(#""u-1""#, with: "null")), code: "malformed_body"),
        Refused(
            name: "a forged correlation id",
            message: message("Billing/CreatePayment", good, correlationID: "r-1\nlevel=error"), code: "malformed_body"),
        Refused(
            name: "an empty message id", message: message("Billing/CreatePayment", good, id: ""),
            code: "malformed_body"),
        Refused(
            name: "an enormous key",
            message: message("Billing/CreatePayment", good, key: String(repeating: "k", count: 201)),
            code: "malformed_body"),
        Refused(
            name: "a cause that is none", message: message("Billing/CreatePayment", good, causationID: "a b"),
            code: "malformed_body"),
    ]

    @Test(arguments: refused) func `a message outside of the contract is refused with a code`(_ row: Refused) {
        let error = #expect(throws: ContractError.self) { try Contract.decode(row.message, in: .hybrid) }
        #expect(error?.code == row.code)
    }

    @Test func `the message that the refused ones are made of is accepted`() throws {
        #expect(try Contract.decode(Self.payment(Self.good), in: .hybrid).fields[.amount] == Money(minorUnits: 1050))
    }

    @Test func `fields that a body lacks or does not have cannot be sent`() {
        #expect(throws: ContractError.malformed(.userCreated, FieldError(field: "email", problem: "unknown"))) {
            try Contract.encode(FieldSet().with(.userID, "u-1").with(.email, "a@b"), as: .userCreated, in: .events)
        }
        #expect(throws: ContractError.malformed(.paymentRequired, FieldError(field: "orderId", problem: "missing"))) {
            try Contract.encode(FieldSet().with(.userID, "u-1"), as: .paymentRequired, in: .events)
        }
        #expect(throws: ContractError.notInStyle(.paymentRequired, .hybrid)) {
            try Contract.encode(FieldSet(), as: .paymentRequired, in: .hybrid)
        }
    }

    @Test func `an id is derived from its sender, its cause and its number, and fits`() {
        #expect(DerivedID.make(sender: .billing, cause: "order:r-1:0", number: 1) == "billing:order:r-1:0:1")
        let long = String(repeating: "x", count: 200)
        let id = DerivedID.make(sender: .notification, cause: long, number: 0)
        #expect(NameRule.isIdentifier(id))
        #expect(id == DerivedID.make(sender: .notification, cause: long, number: 0))
        #expect(id != DerivedID.make(sender: .notification, cause: long + "y", number: 0))
    }
}
