import PaymentSandbox
import SQLKit
import WorldKit

/// A request of production code to its environment: the unit of scheduling.
///
/// An effect is a value that can be executed any number of times, on any state of the store and the partners.
enum Effect: Sendable {
    /// A transaction of the store.
    case transaction(isReadOnly: Bool, @Sendable (any SQLConnection) throws -> any Sendable)
    /// A request to a partner.
    case question(PartnerAction, @Sendable (inout PartnerKnowledge, Instant) throws -> PartnerReply<any Sendable>)
}

extension Effect: TransactionRequest {
    var transaction: TransactionBody? {
        if case .transaction(let isReadOnly, let run) = self {
            TransactionBody(isReadOnly: isReadOnly, run: run)
        } else {
            nil
        }
    }
}
