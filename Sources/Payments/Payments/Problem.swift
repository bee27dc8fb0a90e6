import FiscalReceipts
import PaymentCore
import PaymentPartners
import SQLKit

/// An error as everybody outside sees it: a stable code to branch on, prose to read, and what to try.
///
/// The one table from errors to codes and prose; the command line maps ``Kind`` to an exit status, the API to an HTTP
/// status.
package struct Problem: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// The input cannot be used as it is.
        case invalid
        case notFound
        /// The state of things forbids it: taken, stale, already paid.
        case conflict
        /// A partner failed or did not answer.
        case partner
        /// The store cannot be used.
        case store
        /// The system does not give what is needed: a library, descriptors.
        case system
        /// No key, or not a valid one.
        case unauthenticated
        /// A signature that does not match, or something that is another's.
        case forbidden
        /// Not decided within the time given.
        case pending
        /// It ran, and the answer is no.
        case negative
        /// It was done, and what came of it could not be written.
        case unwritten
        /// A defect of ours.
        case defect
    }

    package var kind: Kind
    /// A stable word, `"order_taken"`.
    package var code: String
    /// What failed, on what, why.
    package var message: String
    /// What to try; nil where there is nothing sensible to say.
    package var hint: String?
    /// What it is about, for scripts: ids, amounts and statuses by name; mostly none.
    package var details: [String: String] = [:]

    package init(_ kind: Kind, _ code: String, _ message: String, hint: String? = nil) {
        self.kind = kind
        self.code = code
        self.message = message
        self.hint = hint
    }

    package init(_ error: any Error) {
        self =
            switch error {
            case let problem as Problem: problem
            case let error as OrderError: Problem(error)
            case let error as TaskError: Problem(error)
            case let error as PartnerError: Problem(error)
            case let error as SQLError: Problem(error)
            case let error as LedgerSpool.Failure: Problem(error)
            case let error as BillError: Problem(.invalid, "bad_bill", error.message)
            case let error as DeeplinkError: Problem(error)
            case let error as MoneyError: Problem(error)
            case let error as ReceiptError: Problem(.invalid, error.code, error.message)
            case let error as ReceiptFetchError: Problem(error)
            case let error as Receipts.Failure: Problem(error)
            case is CancellationError: Problem(.pending, "interrupted", "interrupted before completion")
            default: Problem(.defect, "internal_error", "unexpected: \(error)")
            }
    }
}
