import JSONKit

/// The prepaid part of an iikoCloud order.
///
/// iiko reports it twice: in `processedPaymentsSum`, and in the `payments` that are not preliminary. Either may be
/// missing; where they differ the larger one counts, so that a guest is never charged for what is paid.
struct IikoCloudPrepayment {
    let paid: Money
    private(set) var warnings: [BillWarning] = []

    init(_ order: JSONField, currency: Currency) throws(BillError) {
        let processed = try order["processedPaymentsSum"]
        let named = processed.value == nil ? nil : try processed.decimal().amount(in: currency)
        var (done, planned): ([JSONField], [JSONField]) = ([], [])
        for payment in try order["payments"].elements() {
            if try Self.isPreliminary(payment, isProcessedSumNamed: named != nil) {
                planned.append(payment)
            } else {
                done.append(payment)
            }
        }
        let payments = try done.sum(in: currency)
        paid = Money(minorUnits: max(payments.minorUnits, named?.minorUnits ?? 0), currency: currency)

        let preliminary = try planned.sum(in: currency)
        if !preliminary.isZero {
            warnings.append(
                BillWarning(kind: .preliminaryPayments(preliminary), place: try order["payments"].place))
        }
        if let named, named != payments, try order["payments"].value != nil {
            warnings.append(
                BillWarning(kind: .prepaymentsDiffer(payments: payments, processed: named), place: processed.place))
        }
    }

    /// A payment marked both preliminary and processed is preliminary only where `processedPaymentsSum` decides.
    private static func isPreliminary(_ payment: JSONField, isProcessedSumNamed: Bool) throws(BillError) -> Bool {
        let isProcessed = try payment["isProcessedExternally"].flag() == true
        return try payment["isPreliminary"].flag() == true && (isProcessedSumNamed || !isProcessed)
    }

    /// The bill of the whole order, with only the remainder to be paid.
    func bill(_ whole: Bill) -> Bill {
        var bill = whole
        bill.amount.minorUnits = max(0, whole.amount.minorUnits - paid.minorUnits)
        bill.prepaid = paid
        return bill
    }
}
