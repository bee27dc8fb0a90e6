/// Our record of an operation that we have requested, or are about to.
package struct OperationRecord: Hashable, Sendable {
    package var orderID: String
    package var invoiceID: String
    package var uid: String
    /// The operation as far as we know it.
    package var operation: PaymentOperation
    /// What a refund returns, line by line; empty for a refund by amount and for holds and clears.
    package var lines: [BillLine]

    package init(
        orderID: String, invoiceID: String, uid: String, operation: PaymentOperation, lines: [BillLine] = []
    ) {
        self.orderID = orderID
        self.invoiceID = invoiceID
        self.uid = uid
        self.operation = operation
        self.lines = lines
    }
}
