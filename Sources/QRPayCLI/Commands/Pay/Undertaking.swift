import Payments
import SQLKit

/// An action on an order in several transactions, with money moving in between: what is known when the store fails
/// midway.
struct Undertaking: Sendable {
    /// `"the payment"`.
    var name: String
    var orderID: String
    /// What completes it once begun: `"'qrpay work'"`.
    var finishedBy: String
    /// What to do when it was not begun, or when that is unknown.
    var begunBy: String

    /// Runs the first transaction, before any request to a partner.
    func begin<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as SQLError {
            var problem = Problem(error)
            let what =
                error.isCertainlyUndone
                ? "this command did not begin \(name)" : "it is not known whether this command has begun \(name)"
            problem.message = "order \(orderID): \(what): \(problem.message)"
            problem.hint = "\(problem.whenTheStoreIsBack), \(begunBy)"
            throw problem
        }
    }

    /// Runs what follows, while money may move.
    /// - Parameters:
    ///   - operation: the operation requested, and its invoice.
    ///   - didMove: what may have happened, `"may have gone through"`.
    func goOn<Value: Sendable>(
        invoiceID: String, operation: Int, _ didMove: String, _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch {
            var problem = Problem(error)
            guard problem.kind == .store else { throw error }
            problem.message =
                "order \(orderID): \(name) was begun (operation \(operation) of invoice \(invoiceID)) and \(didMove), "
                + "but the store failed before the outcome was recorded: \(problem.message)"
            problem.hint =
                "\(problem.whenTheStoreIsBack), \(finishedBy) brings this very one to its end; "
                + "'qrpay order show \(orderID)' tells what is known"
            problem.details = ["order_id": orderID, "invoice_id": invoiceID, "operation": "\(operation)"]
            throw problem
        }
    }
}

extension Problem {
    /// The store failed while tasks ran: their results cannot be recorded, and money may have moved.
    init(whileTasksRan error: SQLError) {
        self.init(error)
        message += "; how the tasks ended that ran is not written down: they run again, and their effects happen once"
        hint = "\(whenTheStoreIsBack): qrpay work"
    }

    /// When to do again what a store failed in. Another store in its place does not know of it: there, it would be done
    /// a second time.
    fileprivate var whenTheStoreIsBack: String {
        code == "store_replaced"
            ? "once the very store that was in use is back in its place (another one does not know of this)"
            : "once the store can be written again"
    }
}

extension SQLError {
    /// Whether a write that failed with this error surely changed nothing. A disk that reports an error may still keep
    /// the data.
    fileprivate var isCertainlyUndone: Bool {
        switch code {
        case .locked, .readOnly, .notADatabase, .diskFull, .cannotOpen, .newerSchema, .changedMigration, .constraint:
            true
        default: false
        }
    }
}
