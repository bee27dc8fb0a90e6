package import MessagingKit
import PaymentCore
package import QueueKit
import SQLKit
package import WorldKit

extension PaymentEvent {
    /// The exchange of all events; subscribers bind their queues to it by the event's type.
    package static let exchange = "payments"
    /// The part of the broker that the payments make. The queues are the subscribers' own.
    package static let topology = Topology(exchange: exchange, queues: [])
}

extension StoreTransaction {
    /// Adds the events of this transaction's journal entries to the outbox.
    /// - Returns: whether there are any.
    func announce() throws -> Bool {
        let entries = journal.announced
        guard let now = entries.last?.at else { return false }
        let messages = try entries.compactMap { try event(of: $0)?.message }
        try outbox.append(messages, to: PaymentEvent.exchange, at: now)
        return true
    }

    private func event(of entry: JournalEntry) throws -> PaymentEvent? {
        guard let kind = PaymentEvent.Kind(entry.event), let order = try orders.order(id: entry.orderID) else {
            return nil
        }
        var content = PaymentEvent.Content(
            orderID: order.orderID, clientID: order.clientID, internalOrderID: order.internalOrderID,
            billVersion: order.billVersion, uid: order.uid, status: order.status.rawValue,
            currency: order.currency.code, amount: order.amount.decimal, taken: order.capturedAmount.decimal,
            refunded: order.refunded.decimal, edaOrderID: entry.detail["invoice_id"] ?? order.edaOrderID)
        var subject = "\(content.edaOrderID ?? order.orderID):\(entry.detail["operation"] ?? "")"
        if let documentID = entry.detail["document_id"], kind == .receiptStored {
            subject = documentID
            content.documentID = documentID
            content.key = entry.detail["key"]
            if let receipt = try receipts.receipt(documentID: documentID) {
                content.amount = receipt.cost.decimal
                content.type = receipt.kind.rawValue
            }
        } else if let invoiceID = content.edaOrderID, let number = entry.detail["operation"].flatMap({ Int($0) }) {
            content.operation = number
            content.kind = entry.detail["kind"]
            content.reason = entry.detail["reason"]
            if let record = try operations.operation(invoiceID: invoiceID, number: number) {
                content.amount = record.operation.amount.decimal
                content.uid = record.uid
            }
        }
        return PaymentEvent(kind: kind, id: "\(kind.rawValue):\(subject)", time: entry.at, content: content)
    }
}

extension Store {
    /// Sends the events to a broker.
    package func relay(_ broker: any Broker, _ world: World, _ processes: Processes) -> Relay {
        var relay = Relay(database, broker, world, processes)
        relay.topology = PaymentEvent.topology
        relay.committed = announced
        relay.channel = Self.announcedChannel
        // Without a subscriber nothing takes an event; it is offered again until there is one.
        relay.policy.maxAttempts = .max
        return relay
    }
}
