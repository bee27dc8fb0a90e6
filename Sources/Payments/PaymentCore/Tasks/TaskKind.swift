/// What a task does.
package enum TaskKind: String, CaseIterable, Codable, Sendable {
    /// Completes a payment, a refund or a void.
    case paymentSettle = "payment.settle"
    /// Accrues or claws back.
    case cashbackAccrue = "cashback.accrue"
    /// Polls for a receipt document, renders it, stores it, records it.
    case receiptFetch = "receipt.fetch"
    /// Closes an unpaid order at its TTL.
    case orderExpire = "order.expire"

    /// A consequence of canceling an unfinished task that an operator must know; nil where nothing is at stake.
    package var riskOfCanceling: String? {
        switch self {
        case .paymentSettle: "money may stay held on the guest's card, neither captured nor released"
        case .cashbackAccrue, .receiptFetch, .orderExpire: nil
        }
    }
}

/// The state of a task.
package enum TaskState: String, CaseIterable, Codable, Sendable {
    /// Its next attempt is in the future.
    case scheduled
    /// Due, waiting for a worker.
    case ready
    /// Leased to a worker.
    case running
    case done
    /// Failed in all attempts of its policy.
    case stuck
    case canceled

    package var isFinal: Bool { self == .done || self == .canceled }

    /// Every state, most urgent first.
    package static let byUrgency: [TaskState] = [.stuck, .running, .ready, .scheduled, .canceled, .done]
}
