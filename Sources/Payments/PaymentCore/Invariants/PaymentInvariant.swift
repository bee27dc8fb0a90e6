/// What must be true of every payment, always or once things are quiet.
///
/// The raw values are stable names. Each invariant is one pure function over both sides of one order; tests, the
/// simulator and the explorer use the same ones.
package enum PaymentInvariant: String, CaseIterable, Codable, Sendable {
    /// No hold, and nothing held and captured together, exceeds the bill.
    case heldWithinBill = "held_within_bill"
    /// No more is captured than was held.
    case capturedWithinHeld = "captured_within_held"
    /// No more is given back, or on its way back, than was captured.
    case refundedWithinCaptured = "refunded_within_captured"
    /// An order is captured once at most, whoever tried to pay.
    case oneClear = "one_clear"
    /// Once quiet, an order has one live or undecided hold at most.
    case oneLiveHold = "one_live_hold"
    /// The payer changes only from PENDING or HOLD_FAILED.
    case payerKept = "payer_kept"
    /// Every change of status is a step of an order's life; final states never change back.
    case finalStatesStay = "final_states_stay"
    /// Cashback is accrued once per order at most.
    case cashbackOnce = "cashback_once"
    /// The cashback asked for is what is due for the money kept; once quiet, what the cashback service has is too.
    case cashbackDue = "cashback_due"
    /// Every successful clear and refund has exactly one receipt document; once quiet, each document a receipt.
    case oneReceipt = "one_receipt"
    /// iiko sees PAYED only when the money is taken, and all of it.
    case paidMeansTaken = "paid_means_taken"
    /// An outcome we act on is one that transactions says too.
    case outcomeNotGuessed = "outcome_not_guessed"
    /// The partners hold nothing that we have not asked for.
    case nothingUnknown = "nothing_unknown"
    /// Once quiet, no hold is left that no payment owns.
    case holdHasOwner = "hold_has_owner"
    /// Once quiet, no order and no operation is still on its way.
    case nothingMoves = "nothing_moves"
    /// Once quiet, our amounts and outcomes are the partners'.
    case sidesAgree = "sides_agree"
}

/// An invariant that does not hold, on what, and why.
package struct BrokenInvariant: Hashable, Sendable {
    package var invariant: PaymentInvariant
    /// Nil for what belongs to none of our orders.
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
