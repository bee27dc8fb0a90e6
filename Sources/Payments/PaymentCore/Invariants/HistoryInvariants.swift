/// What the journal records of an order.
extension OrderSides {
    func payerChanges() -> [String] {
        var broken: [String] = []
        var status: OrderStatus?
        var payer: String?
        for entry in ours.journal {
            if entry.event == .paymentBegun {
                let uid = entry.detail["uid"]
                if uid != payer, let status, !status.isOpen {
                    broken.append("\(uid ?? "none") took over from \(payer ?? "none") while \(status.rawValue)")
                }
                payer = uid
            }
            status = entry.to ?? status
        }
        if payer != order.uid {
            broken.append("the payer is \(order.uid ?? "none"), the last to begin was \(payer ?? "none")")
        }
        return broken
    }

    func stepsAstray() -> [String] {
        var broken: [String] = []
        var status: OrderStatus?
        for entry in ours.journal {
            guard let to = entry.to else { continue }
            if entry.from != status {
                broken.append(
                    "\(entry.event.rawValue) came from \(entry.from?.rawValue ?? "nothing"), "
                        + "the order was \(status?.rawValue ?? "nothing")")
            }
            let allowed = status.map(\.successors) ?? [.pending]
            if !allowed.contains(to) {
                broken.append("\(status?.rawValue ?? "nothing") became \(to.rawValue) by \(entry.event.rawValue)")
            }
            status = to
        }
        if status != order.status {
            broken.append(
                "the order is \(order.status.rawValue), its journal ends with \(status?.rawValue ?? "nothing")")
        }
        return broken
    }
}

/// Receipt documents, and the receipts issued for them.
extension OrderSides {
    func receiptsAstray(isQuiet: Bool) -> [String] {
        documentsOfOperations() + versionsAstray() + receiptsOfDocuments(isQuiet: isQuiet)
    }

    private func documentsOfOperations() -> [String] {
        let documented = ours.operations.filter {
            $0.operation.kind != .hold && $0.operation.status == .succeeded
        }
        var broken = documented.compactMap { record -> String? in
            let count = ours.documents.filter {
                $0.invoiceID == record.invoiceID && $0.operation == record.operation.number
            }.count
            return count == 1
                ? nil : "\(record.operation.text) on invoice \(record.invoiceID) has \(count) receipt documents"
        }
        for document in ours.documents {
            let operation = operation(document.invoiceID, document.operation)?.operation
            let kind: PaymentOperation.Kind = document.kind == .payment ? .clear : .refund
            guard operation?.status != .succeeded || operation?.kind != kind || operation?.amount != document.amount
            else { continue }
            broken.append(
                "document \(document.documentID), a \(document.kind.rawValue) of \(document.amount), stands for "
                    + (operation.map { "\($0.text), which is \($0.status.rawValue)" } ?? "no operation"))
        }
        return broken
    }

    /// Version 1 is the payment, and refunds are numbered without gaps.
    private func versionsAstray() -> [String] {
        Dictionary(grouping: ours.documents, by: \.invoiceID).sorted { $0.key < $1.key }.compactMap { id, documents in
            let versions = documents.map(\.version).sorted()
            let isInOrder =
                versions == Array(1...versions.count)
                && documents.allSatisfy { ($0.version == 1) == ($0.kind == .payment) }
            let found = documents.map { "\($0.version) \($0.kind.rawValue)" }.joined(separator: ", ")
            return isInOrder ? nil : "invoice \(id) has the document versions \(found)"
        }
    }

    private func receiptsOfDocuments(isQuiet: Bool) -> [String] {
        var broken: [String] = []
        for document in ours.documents {
            let count = ours.receipts.filter { $0.documentID == document.documentID }.count
            if count > 1 || (isQuiet && count == 0) {
                broken.append("document \(document.documentID) has \(count) receipts")
            }
        }
        for receipt in ours.receipts {
            let document = ours.documents.first { $0.documentID == receipt.documentID }
            if document?.amount != receipt.cost || document?.kind != receipt.kind {
                broken.append(
                    "receipt \(receipt.documentID), a \(receipt.kind.rawValue) of \(receipt.cost), stands for "
                        + (document.map { "a \($0.kind.rawValue) of \($0.amount)" } ?? "no document"))
            }
        }
        return broken
    }
}
