import PaymentCore

extension Problem {
    init(_ error: ReceiptFetchError) {
        switch error {
        case .otherTotal(let documentID, let expected, let found):
            self.init(
                .partner, "receipt_other_total",
                "receipt \(documentID): its total is \(found ?? "missing"), expected \(expected)")
        case .doesNotAddUp(let documentID, let explanation):
            self.init(.partner, "receipt_does_not_add_up", "receipt \(documentID): \(explanation)")
        }
    }

    init(_ error: Receipts.Failure) {
        switch error {
        case .notFound(let documentID):
            self.init(
                .notFound, "receipt_not_found", "receipt \(documentID) not found, or not issued yet",
                next: .listReceiptTasks)
        case .notAtEda(let documentID):
            self.init(.notFound, "receipt_not_at_eda", "receipt \(documentID): Eda has no such receipt, or not yet")
        case .damaged(let documentID, let key):
            self.init(
                .partner, "receipt_damaged", "receipt \(documentID): the S3 object \(key) is not a complete PDF",
                next: .renderReceipt(documentID: documentID))
        }
    }
}
