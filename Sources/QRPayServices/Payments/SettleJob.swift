import QRPayDomain

/// What one `payment.settle` task brings to its end.
struct SettleJob: Hashable, Sendable {
    enum Action: String {
        /// The hold of that number, the clear that follows it, and the items for the receipt.
        case pay
        /// The refund of that number, and the items for its receipt.
        case refund
        /// The release of a hold nobody owns any more.
        case void
    }

    var orderID: String
    var invoiceID: String
    /// The operation's number.
    var number: Int
    var action: Action

    var key: String { action == .void ? "\(invoiceID):\(number):void" : "\(invoiceID):\(number)" }

    init(orderID: String, invoiceID: String, number: Int, action: Action) {
        self.orderID = orderID
        self.invoiceID = invoiceID
        self.number = number
        self.action = action
    }

    func request(clientID: String, dueAt: Instant) -> TaskRequest {
        TaskRequest(
            kind: .paymentSettle, key: key,
            payload: [
                "order_id": orderID, "invoice_id": invoiceID, "operation": "\(number)", "action": action.rawValue,
            ],
            orderID: orderID, clientID: clientID, dueAt: dueAt)
    }

    init(_ task: QueuedTask) throws {
        guard let orderID = task.payload["order_id"], let invoiceID = task.payload["invoice_id"],
            let number = task.payload["operation"].flatMap({ Int($0) }),
            let action = task.payload["action"].flatMap(Action.init(rawValue:))
        else { throw TaskError.badPayload(task.kind, task.key) }
        self.init(orderID: orderID, invoiceID: invoiceID, number: number, action: action)
    }
}
