import PaymentCore
import QueueKit
import WorldKit

/// What one `payment.settle` task completes.
struct SettleJob: Hashable, Sendable {
    enum Action: String {
        /// The hold with that number, the clear that follows it, and the items for the receipt.
        case pay
        /// The refund with that number, and the items for its receipt.
        case refund
        /// The release of an orphaned hold.
        case void
        /// A report that cannot be applied as it is, compared with the invoice.
        case compare
    }

    var orderID: String
    var invoiceID: String
    /// The operation's number.
    var number: Int
    var action: Action
    /// What the report said that calls for a ``Action/compare``.
    var report = ""

    var key: String {
        switch action {
        case .pay, .refund: "\(invoiceID):\(number)"
        case .void: "\(invoiceID):\(number):void"
        case .compare: "\(invoiceID):\(number):compare:\(report)"
        }
    }

    init(orderID: String, invoiceID: String, number: Int, action: Action) {
        self.orderID = orderID
        self.invoiceID = invoiceID
        self.number = number
        self.action = action
    }

    /// The comparison that a report calls for; the same report always calls for the same one.
    init(comparing report: PaymentOperation, of record: OperationRecord) {
        self.init(orderID: record.orderID, invoiceID: record.invoiceID, number: report.number, action: .compare)
        self.report = [
            report.kind.rawValue, report.status.rawValue, "\(report.amount.minorUnits)", report.amount.currency.code,
        ].joined(separator: "-")
    }

    func request(clientID: String, dueAt: Instant) -> TaskRequest {
        var payload = [
            "order_id": orderID, "invoice_id": invoiceID, "operation": "\(number)", "action": action.rawValue,
        ]
        if action == .compare { payload["report"] = report }
        return TaskRequest(
            kind: .paymentSettle, key: key, payload: payload,
            orderID: orderID, clientID: clientID, dueAt: dueAt)
    }

    init(_ task: QueuedTask) throws {
        guard let orderID = task.payload["order_id"], let invoiceID = task.payload["invoice_id"],
            let number = task.payload["operation"].flatMap({ Int($0) }),
            let action = task.payload["action"].flatMap(Action.init(rawValue:))
        else { throw TaskError.badPayload(task.kind, task.key) }
        self.init(orderID: orderID, invoiceID: invoiceID, number: number, action: action)
        report = task.payload["report"] ?? ""
    }
}
