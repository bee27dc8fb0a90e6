package import JSONKit
package import MessagingKit
import PaymentCore
package import WorldKit

/// What subscribers learn of a payment: one event for each journal entry of these kinds, as a CloudEvent 1.0.
package struct PaymentEvent: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        /// The money was captured.
        case orderPaid = "order.paid"
        /// A hold or its capture came to nothing; the order is unpaid.
        case orderDeclined = "order.declined"
        /// All or a part of the captured money was given back.
        case orderRefunded = "order.refunded"
        /// The PDF of a fiscal receipt was stored.
        case receiptStored = "receipt.stored"

        /// Nil for entries of which subscribers learn nothing.
        init?(_ event: JournalEntry.Event) {
            switch event {
            case .cleared: self = .orderPaid
            case .holdFailed, .clearFailed: self = .orderDeclined
            case .refunded: self = .orderRefunded
            case .receiptStored: self = .receiptStored
            default: return nil
            }
        }
    }

    /// The order as the transaction left it, and what the event is about. Amounts are decimal text.
    package struct Content: Hashable, Codable, Sendable {
        package var orderID: String
        /// The restaurant.
        package var clientID: String
        package var internalOrderID: String
        package var billVersion: Int
        /// Who paid or tried to.
        package var uid: String?
        package var status: String
        package var currency: String
        /// What was captured, declined or refunded, or is the receipt's total.
        package var amount: String
        /// What was captured of the order, and what was refunded of that, so far.
        package var taken: String
        package var refunded: String
        /// The id of the invoice.
        package var edaOrderID: String?
        /// The number of the payment operation within the invoice; not of receipts.
        package var operation: Int?
        /// `hold`, `clear` or `refund`; not of receipts.
        package var kind: String?
        /// Why it was declined, as the payment system reports it.
        package var reason: String?
        package var documentID: String?
        /// `payment` or `refund`; of receipts.
        package var type: String?
        /// Where the receipt's PDF is in the bucket.
        package var key: String?

        private enum CodingKeys: String, CodingKey {
            case orderID = "order_id"
            case clientID = "client_id"
            case internalOrderID = "internal_order_id"
            case billVersion = "bill_version"
            case uid, status, currency, amount, taken, refunded
            case edaOrderID = "eda_order_id"
            case operation, kind, reason
            case documentID = "document_id"
            case type, key
        }
    }

    package var kind: Kind
    /// The same for every repetition.
    package var id: String
    package var time: Instant
    package var content: Content

    /// The producer, as `source` of the CloudEvent.
    package static let source = "/qrpay/payments"
    /// Of ``Content``.
    package static let schemaVersion = 1
}

// MARK: - As a message

extension PaymentEvent {
    /// The event in structured mode: the message's body is the whole CloudEvent.
    package var message: Message {
        get throws {
            var message = Message(
                id: id, type: kind.rawValue, key: content.orderID,
                correlationID: content.edaOrderID ?? content.orderID, time: time, schemaVersion: Self.schemaVersion,
                body: try JSON.encode(content))
            message.body = try CloudEvent(source: Self.source, message: message).json.canonical
            message.contentType = CloudEvent.contentType
            return message
        }
    }

    /// - Throws: ``FieldError`` when it is not an event of this version from this producer.
    package init(_ message: Message) throws(FieldError) {
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue(parsing: message.body, as: .interoperable)
        } catch {
            throw FieldError(field: "", problem: error.message(in: message.body))
        }
        let event = try CloudEvent(json)
        guard event.source == Self.source else { throw FieldError(field: "source", problem: "not \(Self.source)") }
        guard let kind = Kind(rawValue: event.message.type) else {
            throw FieldError(field: "type", problem: "unknown")
        }
        guard event.message.schemaVersion == Self.schemaVersion else {
            throw FieldError(field: "dataschema", problem: "not version \(Self.schemaVersion)")
        }
        // What routes and deduplicates the message must be what the event says.
        guard event.message.id == message.id, kind.rawValue == message.type, event.message.key == message.key else {
            throw FieldError(field: "id", problem: "event and message differ")
        }
        self.init(
            kind: kind, id: message.id, time: event.message.time, content: try JSON.message(from: event.message.body))
        try content.check(key: message.key)
    }
}

extension PaymentEvent.Content {
    /// Anybody with access to the broker may have sent it.
    fileprivate func check(key: String) throws(FieldError) {
        func refuse(_ field: CodingKeys, _ problem: String = "not an allowed value") -> FieldError {
            FieldError(field: "data.\(field.rawValue)", problem: problem)
        }
        guard orderID == key else { throw refuse(.orderID, "not the subject") }
        let ids: [(CodingKeys, String?)] = [
            (.orderID, orderID), (.clientID, clientID), (.uid, uid), (.edaOrderID, edaOrderID),
            (.documentID, documentID),
        ]
        for (field, id) in ids { if let id, !Identifier.isValid(id) { throw refuse(field) } }
        if let reason, reason.utf8.count > 1000 { throw refuse(.reason, "longer than 1000 bytes") }
        guard let currency = try? Currency(code: currency) else { throw refuse(.currency) }
        for (field, amount) in [(CodingKeys.amount, amount), (.taken, taken), (.refunded, refunded)] {
            guard let money = try? Money(decimal: amount, currency: currency), !money.isNegative else {
                throw refuse(field)
            }
        }
    }
}
