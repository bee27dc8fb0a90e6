import FiscalReceipts
import MessagingKit
import PaymentCore
import PaymentPartners
import QueueKit
import SQLKit

/// An error as presented to the outside: a stable code to branch on, prose to read, and what to try.
///
/// The single table from errors to codes and prose; the command line maps ``Kind`` to an exit status, the API to an
/// HTTP status.
package struct Problem: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// The input cannot be used as it is.
        case invalid
        case notFound
        /// The current state forbids it: being paid by another user, stale, already paid.
        case conflict
        /// A partner failed or did not answer.
        case partner
        /// The store cannot be used.
        case store
        /// The system lacks what is needed: a library, file descriptors.
        case system
        /// No key, or an invalid one.
        case unauthenticated
        /// A signature that does not match, or access to another user's data.
        case forbidden
        /// Not decided within the time limit.
        case pending
        /// It ran, and the answer is negative.
        case negative
        /// It was done, and its result could not be written.
        case unwritten
        /// A bug of ours.
        case defect
    }

    package var kind: Kind
    /// A stable word, `"order_taken"`.
    package var code: String
    /// What failed, on what, and why.
    package var message: String
    /// Whether the action was begun, and the workers complete it.
    package var isRestStaged = false
    /// What to try; nil when there is nothing useful to suggest.
    package var nextStep: NextStep?
    /// Context for scripts: ids, amounts and statuses by name; usually empty.
    package var details: [String: String] = [:]

    package init(_ kind: Kind, _ code: String, _ message: String, next: NextStep? = nil) {
        self.kind = kind
        self.code = code
        self.message = message
        nextStep = next
    }

    /// An error raised by an edge, with a suggestion in its own words.
    package init(_ kind: Kind, _ code: String, _ message: String, hint: String?) {
        self.init(kind, code, message, next: hint.map(NextStep.words))
    }

    /// A suggestion in an edge's own words.
    package var hint: String? { if case .words(let text)? = nextStep { text } else { nil } }

    package init(_ error: any Error) {
        self =
            switch error {
            case let problem as Problem: problem
            case let error as OrderError: Problem(error)
            case let error as TaskError: Problem(error)
            case let error as PartialChange: Problem(error)
            case let error as PartnerError: Problem(error)
            case let error as SQLError: Problem(error)
            case let error as BrokerError: Problem(error)
            case let error as LedgerSpool.Failure: Problem(error)
            case let error as BillError: Problem(.invalid, "bad_bill", error.message)
            case let error as DeeplinkError: Problem(error)
            case let error as MoneyError: Problem(error)
            case let error as ReceiptError: Problem(.invalid, error.code, error.message)
            case let error as ReceiptFetchError: Problem(error)
            case let error as Receipts.Failure: Problem(error)
            case let error as any ProblemConvertible: error.problem
            case is CancellationError: Problem(.pending, "interrupted", "interrupted before completion")
            default: Problem(.defect, "internal_error", "unexpected: \(error)")
            }
    }
}

/// Authorization of HTTP requests.
extension Problem {
    /// No key, or an invalid one; every reason gives the same error.
    package static let badKey = Problem(.unauthenticated, "unauthorized", "a valid key is needed")

    /// - Parameter named: the client id that a request names; nil when it names none.
    package static func checkRestaurant(_ named: String?, is clientID: String) throws {
        guard let named, named != clientID else { return }
        throw Problem(.forbidden, "wrong_restaurant", "the key belongs to a restaurant other than client_id")
    }
}

/// An error of a module that this one does not know, which tells itself what it is for users.
package protocol ProblemConvertible: Error {
    var problem: Problem { get }
}
