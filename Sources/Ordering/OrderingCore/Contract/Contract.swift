package import JSONKit
package import MessagingKit

/// The contract of messages: one table that encodes, decodes and describes them.
package enum Contract {
    /// One type of message in the styles that send it with the same fields.
    package struct Entry: Hashable, Sendable {
        package var type: MessageType
        package var styles: [StyleName]
        package var schemaVersion: Int
        package var body: BodyForm
    }

    private static let overBroker: [StyleName] = [.events, .collaboration, .hybrid]
    private static let byMessages: [StyleName] = [.events, .collaboration]
    private static let withCopies: [StyleName] = [.collaboration, .hybrid]

    private static let user: [BodyForm.Member] = [
        Field.userID.required, Field.email.optional, Field.firstName.required, Field.lastName.required,
        Field.phone.required,
    ]
    private static let operation = [Field.userID.required, Field.requestID.required, Field.amount.required]
    private static let payment = [
        Field.paymentID.required, Field.orderID.required, Field.userID.required, Field.amount.required,
    ]
    private static let order = [Field.orderID.required, Field.userID.required]
    private static let reason = [Field.reason.required]
    private static let price = [Field.price.required]
    private static let balance = [Field.balance.required]

    package static let entries: [Entry] = [
        entry(.registrationRequested, byMessages, user + [Field.passwordHash.optional]),
        entry(.createOrder, byMessages, order + price + [Field.basketID.optional]),
        entry(.accountDeposit, byMessages, operation),
        entry(.accountDepositSucceeded, byMessages, operation + balance),
        entry(.accountDepositFailed, byMessages, operation + reason),
        entry(.accountWithdraw, byMessages, operation),
        entry(.accountWithdrawSucceeded, byMessages, operation + balance),
        entry(.accountWithdrawFailed, byMessages, operation + reason),
        entry(.userCreated, [.events], [Field.userID.required]),
        entry(.userCreated, withCopies, user),
        entry(.paymentRequired, [.events], order),
        entry(.createPayment, withCopies, payment),
        entry(.paymentCreated, overBroker, payment),
        entry(.paymentFailed, overBroker, payment + reason),
        entry(.orderCreated, [.events], order),
        entry(.orderCreated, [.collaboration], order + price),
        entry(.orderSucceeded, [.hybrid], order + price),
        entry(.orderFailed, [.events], order + reason),
        entry(.orderFailed, withCopies, order + price + reason),
    ]

    private static func entry(_ type: MessageType, _ styles: [StyleName], _ fields: [BodyForm.Member]) -> Entry {
        Entry(type: type, styles: styles, schemaVersion: 1, body: BodyForm(fields))
    }

    private static let byStyle: [StyleName: [MessageType: Entry]] = Dictionary(
        uniqueKeysWithValues: StyleName.allCases.map { style in
            (
                style,
                Dictionary(
                    uniqueKeysWithValues: entries.filter { $0.styles.contains(style) }.map { ($0.type, $0) })
            )
        })

    /// Nil when the style does not send it.
    package static func entry(_ type: MessageType, in style: StyleName) -> Entry? { byStyle[style]?[type] }

    /// The body of a message.
    /// - Throws: ``ContractError`` when the fields are not those of the contract.
    package static func encode(
        _ fields: FieldSet, as type: MessageType, in style: StyleName
    ) throws(ContractError) -> (body: [UInt8], schemaVersion: Int) {
        guard let entry = entry(type, in: style) else { throw .notInStyle(type, style) }
        if let flaw = fields.flaw(for: entry.body) { throw .malformed(type, flaw) }
        return (fields.json, entry.schemaVersion)
    }

    /// The type and the fields of a message that a service of a style has received.
    /// - Throws: ``ContractError``.
    package static func decode(
        _ message: Message, in style: StyleName
    ) throws(ContractError) -> (type: MessageType, fields: FieldSet) {
        guard let type = MessageType(rawValue: message.type) else {
            throw .unknownType(String(message.type.prefix(NameRule.maximumIdentifierLength)))
        }
        guard let entry = entry(type, in: style) else { throw .notInStyle(type, style) }
        guard message.schemaVersion == entry.schemaVersion else {
            throw .unknownVersion(type, message.schemaVersion)
        }
        guard message.body.count <= maximumBodySize else { throw .tooLarge(type, message.body.count) }
        for (name, text) in [("id", message.id), ("key", message.key), ("correlationId", message.correlationID)] {
            guard NameRule.isIdentifier(text) else {
                throw .malformed(type, FieldError(field: name, problem: "not an allowed value"))
            }
        }
        if let cause = message.causationID, !NameRule.isIdentifier(cause) {
            throw .malformed(type, FieldError(field: "causationId", problem: "not an allowed value"))
        }
        do {
            return (type, try FieldSet(message.body, as: entry.body))
        } catch {
            throw .malformed(type, error)
        }
    }

    /// The largest body of the contract, with every text as long as it may be and every byte escaped, in bytes.
    package static let maximumBodySize = 16 << 10
}

/// Why a message is not in the contract. Sending it again cannot help.
package enum ContractError: Error, Hashable, Sendable {
    case unknownType(String)
    case notInStyle(MessageType, StyleName)
    case unknownVersion(MessageType, Int)
    case tooLarge(MessageType, Int)
    case malformed(MessageType, FieldError)
    /// An answer of ours that its request does not have.
    case badAnswer(Endpoint, String)

    /// A stable word to branch on.
    package var code: String {
        switch self {
        case .unknownType: "unknown_type"
        case .notInStyle: "not_in_style"
        case .unknownVersion: "unknown_schema_version"
        case .tooLarge: "body_too_large"
        case .malformed: "malformed_body"
        case .badAnswer: "bad_answer"
        }
    }

    package var message: String {
        switch self {
        case .unknownType(let type): "unknown message type \(JSONValue.quoted(type))"
        case .notInStyle(let type, let style): "\(type.rawValue) is not a message of the style \(style.rawValue)"
        case .unknownVersion(let type, let version): "\(type.rawValue) has the unknown schema version \(version)"
        case .tooLarge(let type, let size): "\(type.rawValue) has a body of \(size) bytes"
        case .malformed(let type, let error): "\(type.rawValue): \(error)"
        case .badAnswer(let endpoint, let flaw): "the answer to \(endpoint.rawValue): \(flaw)"
        }
    }
}
