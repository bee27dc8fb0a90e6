/// What must hold across all services' stores, always or at rest. The raw values are stable names.
///
/// Each is one pure function over a snapshot; tests, comparisons and the explorer use the same ones.
package enum OrderingInvariant: String, CaseIterable, Codable, Sendable {
    /// Deposits − withdrawals − succeeded charges = balances, at every step, and no balance below zero.
    case moneyKept = "money_kept"
    /// At most one succeeded charge per basket and per payment.
    case oneCharge = "one_charge"
    /// An order is succeeded if and only if its charge is; at rest in both directions.
    case chargeMeansSuccess = "charge_means_success"
    /// A final status never changes.
    case statusMovesOnce = "status_moves_once"
    /// At rest nothing is pending or unsent, unless it is stuck or parked and says why.
    case nothingForgotten = "nothing_forgotten"
    /// One notification and one push event per finished order, with its outcome; at rest exactly one.
    case toldOnce = "told_once"
    /// Every order that was answered with 2xx exists.
    case answeredExists = "answered_exists"
    /// At most one unpaid basket per user.
    case oneUnpaidBasket = "one_unpaid_basket"
    /// Messages of a key take effect in the order of their outbox.
    case keyOrderKept = "key_order_kept"
    /// Every message is in the contract.
    case contractKept = "contract_kept"
    /// A client that retries under its key gets one order and one answer.
    case oneAnswerAKey = "one_answer_a_key"
}

/// A violated invariant, in words with ids and amounts.
package struct BrokenOrderingInvariant: Hashable, Sendable, CustomStringConvertible {
    package var invariant: OrderingInvariant
    package var explanation: String

    package init(_ invariant: OrderingInvariant, _ explanation: String) {
        self.invariant = invariant
        self.explanation = explanation
    }

    package var description: String { "\(invariant.rawValue): \(explanation)" }
}

extension OrderingSnapshot {
    /// All violations; empty when there are none.
    /// - Parameter isAtRest: whether all work has settled: no task is due or scheduled, no row is unsent.
    package func broken(
        isAtRest: Bool, checking invariants: [OrderingInvariant] = OrderingInvariant.allCases
    ) -> [BrokenOrderingInvariant] {
        invariants.flatMap { invariant in
            explanations(of: invariant, isAtRest: isAtRest).map { BrokenOrderingInvariant(invariant, $0) }
        }
    }

    private func explanations(of invariant: OrderingInvariant, isAtRest: Bool) -> [String] {
        switch invariant {
        case .moneyKept: moneyLost()
        case .oneCharge: secondCharges()
        case .chargeMeansSuccess: chargesWithoutOrder(isAtRest: isAtRest)
        case .statusMovesOnce: secondMoves()
        case .nothingForgotten: isAtRest ? forgottenWork() : []
        case .toldOnce: wrongAnnouncements(isAtRest: isAtRest)
        case .answeredExists: missingOrders(isAtRest: isAtRest)
        case .oneUnpaidBasket: secondBaskets()
        case .keyOrderKept: overtakenMessages()
        case .contractKept: messagesOutsideContract()
        case .oneAnswerAKey: secondAnswers()
        }
    }
}
