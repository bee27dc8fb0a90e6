import OrderingCore

extension OrderingVariant {
    package static let all: [OrderingVariant] = [
        .production, .seed003, .seed004, .httpNaive, .noOutbox, .noInbox, .ackFirst,
    ]

    package static func named(_ name: String) -> OrderingVariant? { all.first { $0.name == name } }

    /// The production code.
    package static let production = OrderingVariant("production", "the code in use")

    private static let overBroker: [StyleName] = [.events, .collaboration, .hybrid]

    /// The original gateways keep nothing of a request, and so promise nothing before they answer.
    private static let ofOriginals = OrderingInvariant.allCases.filter { $0 != .answeredExists }

    // MARK: One safeguard less

    package static let httpNaive = OrderingVariant(
        "http-naive", "services call each other while they handle a request, and keep no intent of it"
    ) { variant in
        variant.styles = [.http]
        variant.invariants = ofOriginals
        variant.decisions.calls = .direct
        variant.scenario.style = .http
        (variant.scenario.duplicates, variant.scenario.lostConfirms, variant.scenario.lostAnswers) = (0, 0, 1)
        let chain = "the HTTP diagram draws an order as one chain of calls, in which each is answered"
        variant.sentences = [.chargeMeansSuccess: chain, .nothingForgotten: chain, .toldOnce: chain]
    }

    package static let noOutbox = OrderingVariant(
        "no-outbox", "messages are published from memory, once their effect is committed"
    ) { variant in
        variant.styles = overBroker
        variant.invariants = ofOriginals
        variant.decisions.sending = { _ in .afterCommit }
        (variant.scenario.duplicates, variant.scenario.lostConfirms) = (0, 0)
        let steps = "the diagrams draw a change of a service and the message about it as two steps"
        variant.sentences = [.nothingForgotten: steps, .chargeMeansSuccess: steps, .toldOnce: steps]
    }

    package static let noInbox = OrderingVariant(
        "no-inbox", "messages take effect as often as they are delivered"
    ) { variant in
        variant.styles = overBroker
        variant.decisions.receiving = { _ in .handled(acknowledgesFailures: false) }
        variant.decisions.replace(Statements.markOnce, by: Statements.markAlways)
        variant.decisions.replace(Statements.decidedPayment, by: Statements.decidedPayment + " AND 1 = 0")
        variant.decisions.replace(Statements.insertPayment, by: Statements.insertPaymentAgain)
        variant.decisions.replace(Statements.insertEntry, by: Statements.insertEntryAgain)
        (variant.scenario.balance, variant.scenario.lostConfirms, variant.scenario.crashes) = (2, 0, 0)
        variant.sentences[.oneCharge] = "the diagrams deliver each message once"
    }

    package static let ackFirst = OrderingVariant(
        "ack-first", "messages are acknowledged before they are kept"
    ) { variant in
        variant.styles = overBroker
        variant.decisions.receiving = { _ in .acknowledgedThenStaged }
        (variant.scenario.duplicates, variant.scenario.lostConfirms) = (0, 0)
        let consumed = "the diagrams end a delivery with 'consume', before anything is done with the message"
        variant.sentences = [.nothingForgotten: consumed, .chargeMeansSuccess: consumed, .toldOnce: consumed]
    }

    // MARK: The original designs

    package static let seed003 = OrderingVariant(
        "seed-003", "an original design: baskets against repetition, and the paid ones kept with the account"
    ) { variant in
        variant.styles = [.hybrid]
        variant.invariants = ofOriginals
        variant.decisions.receiving = { _ in .handled(acknowledgesFailures: false) }
        variant.decisions.sending = { $0 == .order ? .afterCommit : .outbox }
        variant.decisions.findsThenInserts = true
        variant.decisions.schema[.order] = "DROP INDEX baskets_unpaid;"
        variant.decisions.replace(Statements.markOnce, by: Statements.markAlways)
        variant.decisions.replace(Statements.decidedPayment, by: Statements.paymentInHistory)
        variant.decisions.replace(Statements.insertPayment, by: Statements.insertPaymentAgain)
        variant.decisions.replace(Statements.insertEntry, by: Statements.insertEntryAgain)
        (variant.scenario.presses, variant.scenario.lostConfirms, variant.scenario.deposits) = (1, 0, 1)
        let history = "billing sees in the user's history of paid baskets whether a repeated message was handled"
        variant.sentences = [
            .oneCharge: history, .chargeMeansSuccess: history,
            .nothingForgotten: "the status of a basket changes by compare-and-set, and the order is published",
            .oneUnpaidBasket: "until the basket is paid, GetBasket always returns the same id",
            .toldOnce: "Notify reads the broker and shows each result",
        ]
    }

    package static let seed004 = OrderingVariant(
        "seed-004", "the original diagrams of messages, as they are drawn"
    ) { variant in
        variant.styles = overBroker
        variant.decisions.receiving = { _ in .handled(acknowledgesFailures: true) }
        variant.decisions.sending = { $0 == .billing ? .beforeCommit : .outbox }
        variant.decisions.replace(Statements.markOnce, by: Statements.markAlways)
        variant.decisions.replace(Statements.decidedPayment, by: Statements.decidedPayment + " AND 1 = 0")
        variant.decisions.replace(Statements.insertPayment, by: Statements.insertPaymentAgain)
        variant.decisions.replace(Statements.insertEntry, by: Statements.insertEntryAgain)
        variant.decisions.replace(Statements.order, by: Statements.orderAsPending)
        variant.decisions.replace(Statements.settleOnce, by: Statements.settleAlways)
        variant.decisions.replace(Statements.move, by: Statements.moveOnChange)
        (variant.scenario.style, variant.scenario.presses) = (.collaboration, 1)
        variant.scenario.lostConfirms = 0
        let payment = "the diagrams draw 'publish PaymentCreated', and nothing that keeps the payment before it"
        variant.sentences = [
            .nothingForgotten: "an account that is missing when it is needed is 'unlikely, but possible'",
            .chargeMeansSuccess: payment,
            .statusMovesOnce: "the diagrams draw 'update order with status failed', whatever it was before",
            .oneCharge: "the diagrams deliver each message once", .toldOnce: payment,
        ]
    }
}

/// Statements of the production code, and what variants replace them by.
private enum Statements {
    static let markOnce = "INSERT INTO handled (id, status, at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING"
    static let markAlways =
        "INSERT INTO handled (id, status, at) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET at = excluded.at"

    static let decidedPayment = "SELECT * FROM payments WHERE id = $1"
    /// Refusals are not in the history, and a deposit writes the account anew, without it.
    static let paymentInHistory = """
        SELECT * FROM payments WHERE id = $1 AND refusal IS NULL AND NOT EXISTS (
            SELECT 1 FROM entries AS charge JOIN entries AS deposit
                ON deposit.user_id = charge.user_id AND deposit.kind = 'deposit' AND deposit.number > charge.number
            WHERE charge.kind = 'charge' AND charge.reference = payments.id)
        """

    static let insertPayment =
        "INSERT INTO payments (id, order_id, user_id, amount, refusal, at) VALUES ($1, $2, $3, $4, $5, $6)"
    static let insertPaymentAgain = """
        INSERT INTO payments (id, order_id, user_id, amount, refusal, at)
        VALUES ($1 || (SELECT CASE COUNT(*) WHEN 0 THEN '' ELSE '#' || (COUNT(*) + 1) END
            FROM payments WHERE order_id = $2), $2, $3, $4, $5, $6)
        """

    static let insertEntry =
        "INSERT INTO entries (user_id, number, kind, amount, reference, at) VALUES ($1, $2, $3, $4, $5, $6)"
    static let insertEntryAgain = """
        INSERT INTO entries (user_id, number, kind, amount, reference, at)
        VALUES ($1, $2, $3, $4, $5 || (SELECT CASE COUNT(*) WHEN 0 THEN '' ELSE '#' || $2 END
            FROM entries WHERE kind = $3 AND reference = $5), $6)
        """

    static let order = "SELECT * FROM orders WHERE id = $1"
    static let orderAsPending = """
        SELECT id, user_id, price, 'pending' AS status, NULL AS reason, basket_id, attempt, is_announced, created_at
        FROM orders WHERE id = $1
        """
    static let settleOnce = "UPDATE orders SET status = $2, reason = $3 WHERE id = $1 AND status = 'pending'"
    static let settleAlways = "UPDATE orders SET status = $2, reason = $3 WHERE id = $1"
    static let move = "INSERT INTO order_moves (order_id, status, at) VALUES ($1, $2, $3)"
    /// A repeated outcome does not count as a change of status.
    static let moveOnChange = """
        INSERT INTO order_moves (order_id, status, at) SELECT $1, $2, $3 WHERE NOT EXISTS (
            SELECT 1 FROM order_moves WHERE status = $2
                AND number = (SELECT MAX(number) FROM order_moves WHERE order_id = $1))
        """
}
