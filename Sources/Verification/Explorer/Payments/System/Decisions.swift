import PaymentCore
import PaymentSandbox

extension PartnerKnowledge {
    /// The decisions of a bank or a guest about an operation: a pending one succeeds or fails, a live hold
    /// lapses.
    var possibleDecisions: [Step] {
        var steps: [Step] = []
        for invoice in holdings.invoices {
            for operation in invoice.operations {
                let statuses: [PaymentOperation.Status] =
                    switch operation.status {
                    case .pending: [.succeeded, .failed]
                    case .succeeded: [.lapsed]
                    case .failed, .voided, .lapsed: []
                    }
                for status in statuses {
                    var transactions = transactions
                    let decided = try? transactions.decide(
                        invoiceID: invoice.invoiceID, number: operation.number, status: status, reason: nil)
                    guard decided != nil else { continue }
                    steps.append(.decide(invoiceID: invoice.invoiceID, number: operation.number, status))
                }
            }
        }
        return steps
    }
}
