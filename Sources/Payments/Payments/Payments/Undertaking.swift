package import SQLKit

/// An action on an order in several transactions, with money moving in between: what is known when the store fails
/// midway.
package struct Undertaking: Sendable {
    package enum Action: Hashable, Sendable {
        case payment
        /// - Parameter hasKey: whether the same request again is the same refund.
        case refund(hasKey: Bool)
        case cancellation

        var name: String {
            switch self {
            case .payment: "the payment"
            case .refund: "the refund"
            case .cancellation: "the cancellation"
            }
        }
    }

    private let action: Action
    private let orderID: String

    package init(_ action: Action, of orderID: String) {
        self.action = action
        self.orderID = orderID
    }

    /// Runs the first transaction, before any request to a partner.
    /// - Throws: ``Problem`` for a store that failed: whether the action was begun.
    package func begin<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as SQLError {
            var problem = Problem(error)
            let what =
                error.isCertainlyUndone
                ? "this command did not begin \(action.name)"
                : "it is not known whether this command has begun \(action.name)"
            problem.message = "order \(orderID): \(what): \(problem.message)"
            problem.nextStep = .beginOnceStoreIsBack(
                action, orderID: orderID, isSameStoreNeeded: error.isOfReplacedStore)
            throw problem
        }
    }

    /// Runs what follows, while money may move.
    /// - Parameter operation: the number of the operation requested of `invoiceID`.
    /// - Throws: ``Problem`` for a store that failed: what was begun.
    package func proceed<Value: Sendable>(
        invoiceID: String, operation: Int, _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch {
            var problem = Problem(error)
            guard problem.kind == .store else { throw error }
            problem.message =
                "order \(orderID): \(action.name) was begun (operation \(operation) of invoice \(invoiceID)) "
                + "and may have gone through, but the store failed before the outcome was recorded: "
                + problem.message
            problem.nextStep = .finishOnceStoreIsBack(
                action, orderID: orderID, isSameStoreNeeded: problem.code == Problem.replacedStore)
            problem.details = ["order_id": orderID, "invoice_id": invoiceID, "operation": "\(operation)"]
            throw problem
        }
    }
}

extension Problem {
    /// The store failed while tasks ran: their results cannot be recorded, and money may have moved.
    package init(whileTasksRan error: SQLError) {
        self.init(error)
        message +=
            "; the outcomes of the tasks that ran are not recorded: they run again, and their effects happen once"
        nextStep = .workOnceStoreIsBack(isSameStoreNeeded: error.isOfReplacedStore)
    }
}

extension SQLError {
    /// Whether another store took the place of the one in use. It does not know what was begun: there, it would be done
    /// a second time.
    fileprivate var isOfReplacedStore: Bool { Problem(self).code == Problem.replacedStore }

    /// Whether a write that failed with this error surely changed nothing. A disk that reports an error may still keep
    /// the data.
    fileprivate var isCertainlyUndone: Bool {
        switch code {
        case .locked, .conflict, .unreachable, .denied, .busy, .connectionLimit, .timedOut, .standby,
            .unsupportedServer, .moved, .outdated, .foreignDatabase, .readOnly, .notADatabase, .diskFull, .cannotOpen,
            .newerSchema, .changedMigration, .constraint,
            .unsupportedValue:
            true
        default: false
        }
    }
}
