/// What must be true of every payment, always or once all work has settled ("quiet").
///
/// The raw values are stable names. Each invariant is one pure function over both sides of one order; tests, the
/// simulator and the explorer use the same ones.
package enum PaymentInvariant: String, CaseIterable, Codable, Sendable {
    /// No hold, nor the sum of held and captured money, exceeds the bill.
    case heldWithinBill = "held_within_bill"
    /// No more is captured than was held.
    case capturedWithinHeld = "captured_within_held"
    /// Succeeded and pending refunds never exceed what was captured.
    case refundedWithinCaptured = "refunded_within_captured"
    /// An order is captured at most once, across all payers.
    case oneClear = "one_clear"
    /// Once quiet, an order has at most one live or undecided hold.
    case oneLiveHold = "one_live_hold"
    /// The payer changes only from PENDING or HOLD_FAILED.
    case payerKept = "payer_kept"
    /// Every change of status is a permitted transition; final states never change back.
    case finalStatesStay = "final_states_stay"
    /// Cashback is accrued at most once per order.
    case cashbackOnce = "cashback_once"
    /// The requested cashback is what is due for the money kept; once quiet, so are the cashback service's entries.
    case cashbackDue = "cashback_due"
    /// Every successful clear and refund has exactly one receipt document; once quiet, each document has a receipt.
    case oneReceipt = "one_receipt"
    /// iiko sees PAYED only when the money is captured, in full.
    case paidMeansTaken = "paid_means_taken"
    /// An outcome we act on is one that transactions reports too.
    case outcomeNotGuessed = "outcome_not_guessed"
    /// The partners hold nothing that we have not requested.
    case nothingUnknown = "nothing_unknown"
    /// Once quiet, no orphaned hold is left.
    case holdHasOwner = "hold_has_owner"
    /// Once quiet, no order and no operation is in progress.
    case nothingMoves = "nothing_moves"
    /// Once quiet, our amounts and outcomes equal the partners'.
    case sidesAgree = "sides_agree"

    /// Invariants that depend on our side alone.
    package static let ofOurSide = allCases.filter { ![.outcomeNotGuessed, .nothingUnknown, .sidesAgree].contains($0) }
}

/// A violated invariant: on what, and why.
package struct BrokenInvariant: Hashable, Sendable {
    package var invariant: PaymentInvariant
    /// Nil when it concerns none of our orders.
    package var orderID: String?
    /// In words, with ids and amounts.
    package var explanation: String

    package init(invariant: PaymentInvariant, orderID: String?, explanation: String) {
        self.invariant = invariant
        self.orderID = orderID
        self.explanation = explanation
    }
}

extension BrokenInvariant: CustomStringConvertible {
    /// `"one_clear: order 7f3c: captured twice: …"`.
    package var description: String {
        "\(invariant.rawValue): \(orderID.map { "order \($0): " } ?? "")\(explanation)"
    }
}
