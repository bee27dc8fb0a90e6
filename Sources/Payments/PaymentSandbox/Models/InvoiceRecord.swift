import EncodingKit
package import PaymentCore
import PaymentPartners

/// An invoice as the payment system stores it; all its amounts are minor units of one currency.
package struct InvoiceRecord: Hashable, Codable, Sendable {
    /// The subject of the invoice.
    package struct Terms: Hashable, Codable, Sendable {
        var orderID: String
        var uid: String
        var currency: String
        var amount: Int64
        var callbackURL: String?

        enum CodingKeys: String, CodingKey {
            case orderID = "order_id"
            case callbackURL = "callback_url"
            case uid, currency, amount
        }
    }

    package struct Operation: Hashable, Codable, Sendable {
        var number: Int
        var kind: PaymentOperation.Kind
        /// Zero for a hold that was voided before it arrived.
        var amount: Int64
        var status: PaymentOperation.Status
        var reason: String?
        /// The payment method of a hold; nil for one that was voided before it arrived.
        var card: Card?
        /// The number of the hold that a clear captures.
        var hold: Int?
        /// When a pending operation succeeds on its own, in microseconds since 1970.
        var dueAt: Int64?

        enum CodingKeys: String, CodingKey {
            case dueAt = "due_at"
            case card = "payment_method_id"
            case number, kind, amount, status, reason, hold
        }
    }

    /// A change that was reported, or would have been with a callback URL.
    package struct Event: Hashable, Codable, Sendable {
        var number: Int
        var status: PaymentOperation.Status
        var reason: String?
    }

    /// Nil while holds of the invoice were voided, but the invoice itself has not arrived.
    package var terms: Terms?
    /// By number.
    package var operations: [Operation] = []
    /// In the order they happened.
    package var events: [Event] = []

    func operation(_ number: Int) -> Operation? { operations.first { $0.number == number } }

    /// Held and not captured, voided or lapsed.
    var held: Int64 { sum(.hold, .succeeded) { clear(of: $0.number, .succeeded) == nil } }
    var pendingHolds: Int64 { sum(.hold, .pending) { _ in true } }
    var captured: Int64 { sum(.clear, .succeeded) { _ in true } }
    var refunded: Int64 { sum(.refund, .succeeded) { _ in true } }
    var pendingRefunds: Int64 { sum(.refund, .pending) { _ in true } }

    /// A clear of that hold, in one of these states.
    func clear(of hold: Int, _ statuses: PaymentOperation.Status...) -> Operation? {
        operations.first { $0.kind == .clear && $0.hold == hold && statuses.contains($0.status) }
    }

    private func sum(
        _ kind: PaymentOperation.Kind, _ status: PaymentOperation.Status, where counts: (Operation) -> Bool
    ) -> Int64 {
        operations.filter { $0.kind == kind && $0.status == status && counts($0) }.reduce(0) {
            $0.plus($1.amount)
        }
    }
}

extension InvoiceRecord {
    /// The currency of an invoice that has not arrived yet is unknown; its voided holds are reported in roubles.
    private func money(_ units: Int64) -> Money {
        let currency = terms.flatMap { try? Currency(code: $0.currency) }
        return Money(minorUnits: units, currency: currency ?? .rub)
    }

    func reported(_ operation: Operation) -> PaymentOperation {
        PaymentOperation(
            number: operation.number, kind: operation.kind, amount: money(operation.amount),
            status: operation.status, reason: operation.reason)
    }

    /// The report of an event; its id is the same each time.
    func callback(_ event: Event, invoiceID: String) -> PaymentCallback? {
        guard var operation = operation(event.number) else { return nil }
        operation.status = event.status
        operation.reason = event.reason
        return PaymentCallback(
            eventID: "\(invoiceID).\(event.number).\(event.status.rawValue)", invoiceID: invoiceID,
            operation: reported(operation))
    }

    /// Nil while the invoice itself has not arrived.
    func invoice(id: String) -> Invoice? {
        terms.map { terms in
            Invoice(
                invoiceID: id, orderID: terms.orderID, uid: terms.uid, held: money(held), captured: money(captured),
                refunded: money(refunded), operations: operations.map(reported))
        }
    }

    package var amount: Money? { terms.map { money($0.amount) } }
    package var callbackURL: String? { terms?.callbackURL }
}
