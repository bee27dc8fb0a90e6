/// What a task does.
package enum TaskKind: String, CaseIterable, Codable, Sendable {
    /// Brings a payment, a refund or a void to its end.
    case paymentSettle = "payment.settle"
    /// Accrues or claws back.
    case cashbackAccrue = "cashback.accrue"
    /// Polls for a receipt document, renders it, stores it, records it.
    case receiptFetch = "receipt.fetch"
    /// Closes an unpaid order at its TTL.
    case orderExpire = "order.expire"

    /// What canceling an unfinished task leaves behind that somebody must know; nil where nothing is at stake.
    package var riskOfCanceling: String? {
        switch self {
        case .paymentSettle: "money may be held on the guest's card, and nobody takes it or gives it back"
        case .cashbackAccrue, .receiptFetch, .orderExpire: nil
        }
    }
}

/// How far a task is.
package enum TaskState: String, CaseIterable, Codable, Sendable {
    /// Its next attempt lies in the future.
    case scheduled
    /// Due, waiting for a worker.
    case ready
    /// Leased to a worker.
    case running
    case done
    /// Gave up after the policy's attempts.
    case stuck
    case canceled

    package var isFinal: Bool { self == .done || self == .canceled }

    /// Every state, what needs somebody's attention first.
    package static let byUrgency: [TaskState] = [.stuck, .running, .ready, .scheduled, .canceled, .done]
}
