import OrderingCore
import SQLKit

/// The operations of the billing service: accounts, their entries, and the decisions about payments.
struct Billing {
    static let tables = """
        CREATE TABLE accounts (
            user_id TEXT PRIMARY KEY,
            balance INTEGER NOT NULL CHECK (balance >= 0),
            -- How many entries it has.
            entries INTEGER NOT NULL
        );
        CREATE TABLE entries (
            user_id TEXT NOT NULL REFERENCES accounts,
            number INTEGER NOT NULL,
            kind TEXT NOT NULL,
            amount INTEGER NOT NULL,
            reference TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (user_id, number),
            UNIQUE (kind, reference)
        );
        CREATE TABLE payments (
            id TEXT PRIMARY KEY,
            order_id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            amount INTEGER NOT NULL,
            -- Null when it succeeded.
            refusal TEXT,
            at INTEGER NOT NULL
        );
        CREATE INDEX payments_by_order ON payments (order_id);
        """

    static let refusals = """
        -- Deposits and withdrawals that were refused; those that were made are entries.
        CREATE TABLE refusals (
            kind TEXT NOT NULL,
            reference TEXT NOT NULL,
            user_id TEXT NOT NULL,
            amount INTEGER NOT NULL,
            reason TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (kind, reference)
        );
        """

    private let turn: Turn
    private var connection: any SQLConnection { turn.connection }

    init(_ turn: Turn) { self.turn = turn }

    func open(_ fields: FieldSet) throws -> Verdict {
        let userID = try fields.required(.userID)
        try connection.execute(
            "INSERT INTO accounts (user_id, balance, entries) VALUES ($1, 0, 0) ON CONFLICT (user_id) DO NOTHING",
            [.text(userID)])
        return .answer(ServiceAnswer(201, FieldSet().with(.userID, userID)))
    }

    func show(_ fields: FieldSet) throws -> Verdict {
        guard let account = try row(try fields.required(.userID))?.account else { throw BillingError.accountNotFound }
        return .answer(
            ServiceAnswer(200, FieldSet().with(.userID, account.userID).with(.balance, account.balance)))
    }

    // MARK: Deposits and withdrawals

    func deposit(_ fields: FieldSet) throws -> Verdict {
        try change(.deposit, try fields.required(.amount), fields, .depositSucceeded, .depositFailed)
    }

    func withdraw(_ fields: FieldSet) throws -> Verdict {
        try change(.withdrawal, -(try fields.required(.amount)), fields, .withdrawalSucceeded, .withdrawalFailed)
    }

    /// Decides a deposit or a withdrawal once; a repeated request gets the same decision, even a refusal.
    private func change(
        _ kind: Entry.Kind, _ amount: Money, _ fields: FieldSet, _ success: Event, _ failure: Event
    ) throws -> Verdict {
        let userID = try fields.required(.userID)
        let reference = try fields.required(.requestID)
        let row = try row(userID)
        if let made = try decided(kind, reference) {
            guard made.userID == userID, made.amount == amount else { throw BillingError.otherContent }
            if let reason = made.refusal { return try failed(fields, reason, failure) }
            guard let row else { throw BillingError.otherContent }
            return try succeeded(fields, row.account.balance, success)
        }
        func refuse(_ reason: FailureReason) throws -> Verdict {
            try insertRefusal(kind, reference, userID, amount, reason)
            return try failed(fields, reason, failure)
        }
        guard let row else {
            guard let delay = accountWait() else { return try refuse(.noAccount) }
            throw Postponement(code: Self.accountMissing, seconds: delay)
        }
        do {
            let change = try BillingRule.apply(
                kind, amount, reference: reference, to: row.account, entries: row.entries, at: turn.now)
            try write(change)
            return try succeeded(fields, change.account.balance, success)
        } catch BillingError.notEnoughMoney {
            return try refuse(.notEnoughMoney)
        } catch BillingError.balanceTooLarge {
            return try refuse(.balanceTooLarge)
        }
    }

    private func succeeded(_ fields: FieldSet, _ balance: Money, _ event: Event) throws -> Verdict {
        let fields = fields.with(.balance, balance)
        try turn.emit(event, fields)
        return .answer(ServiceAnswer(200, fields))
    }

    private func failed(_ fields: FieldSet, _ reason: FailureReason, _ event: Event) throws -> Verdict {
        let fields = fields.with(.reason, reason)
        try turn.emit(event, fields)
        return .answer(ServiceAnswer(reason == .noAccount ? 404 : 422, fields, code: reason.rawValue))
    }

    // MARK: Payments

    static let accountMissing = "account_missing"

    /// Decides a payment once; asked again, it gives the same decision.
    func charge(_ fields: FieldSet) throws -> Verdict {
        guard let amount = fields[.amount] ?? fields[.price], let paymentID = fields[.paymentID] else {
            guard turn.cause.answerStatus != 404 else { throw OrderError.notFound }
            turn.ask(.showOrder, fields, then: .charge)
            return .later
        }
        let charge = BillingRule.Charge(
            paymentID: paymentID, orderID: try fields.required(.orderID), userID: try fields.required(.userID),
            amount: amount)
        return try answer(try decision(on: charge))
    }

    private func decision(on charge: BillingRule.Charge) throws -> Payment {
        if let payment = try payment(charge.paymentID) {
            guard payment.orderID == charge.orderID, payment.userID == charge.userID, payment.amount == charge.amount
            else { throw BillingError.otherContent }
            return payment
        }
        guard let row = try row(charge.userID) else {
            guard let delay = accountWait() else {
                let payment = charge.refused(.noAccount, at: turn.now)
                try insert(payment)
                return payment
            }
            throw Postponement(code: Self.accountMissing, seconds: delay)
        }
        let (payment, change) = BillingRule.charge(charge, to: row.account, entries: row.entries, at: turn.now)
        if let change { try write(change) }
        try insert(payment)
        return payment
    }

    private func answer(_ payment: Payment) throws -> Verdict {
        try turn.emit(payment.isSucceeded ? .paymentSucceeded : .paymentFailed, payment.fields)
        return .answer(
            ServiceAnswer(payment.isSucceeded ? 201 : 422, payment.fields, code: payment.refusal?.rawValue))
    }

    private func accountWait() -> Double? {
        AccountWaitRule.delay(attempts: turn.cause.attempts, since: turn.cause.knownSince, now: turn.now)
    }

    // MARK: Rows

    private func row(_ userID: String) throws -> (account: Account, entries: Int)? {
        try connection.query("SELECT * FROM accounts WHERE user_id = $1", [.text(userID)]).first.map {
            (Account(userID: userID, balance: try $0.money("balance")), try $0.number("entries"))
        }
    }

    private struct Decided {
        var userID: String
        var amount: Money
        /// Nil if the deposit or withdrawal was made.
        var refusal: FailureReason?
    }

    private func decided(_ kind: Entry.Kind, _ reference: String) throws -> Decided? {
        try connection.query(
            """
            SELECT user_id, amount, NULL AS reason FROM entries WHERE kind = $1 AND reference = $2
            UNION ALL SELECT user_id, amount, reason FROM refusals WHERE kind = $1 AND reference = $2
            """, [.text(kind.rawValue), .text(reference)]
        ).first.map {
            Decided(
                userID: try $0.text("user_id"), amount: try $0.money("amount"), refusal: try $0.optionalWord("reason"))
        }
    }

    private func insertRefusal(
        _ kind: Entry.Kind, _ reference: String, _ userID: String, _ amount: Money, _ reason: FailureReason
    ) throws {
        try connection.execute(
            "INSERT INTO refusals (kind, reference, user_id, amount, reason, at) VALUES ($1, $2, $3, $4, $5, $6)",
            [
                .text(kind.rawValue), .text(reference), .text(userID), .money(amount), .text(reason.rawValue),
                .instant(turn.now),
            ])
    }

    private func payment(_ id: String) throws -> Payment? {
        try connection.query("SELECT * FROM payments WHERE id = $1", [.text(id)]).first.map { try $0.payment() }
    }

    private func write(_ change: BillingRule.Change) throws {
        let (account, entry) = (change.account, change.entry)
        let changed = try connection.execute(
            "UPDATE accounts SET balance = $2, entries = $3 WHERE user_id = $1 AND entries = $3 - 1",
            [.text(account.userID), .money(account.balance), .integer(entry.number)])
        guard changed == 1 else { throw SQLError(code: .conflict, message: "the account has changed meanwhile") }
        try connection.execute(
            "INSERT INTO entries (user_id, number, kind, amount, reference, at) VALUES ($1, $2, $3, $4, $5, $6)",
            [
                .text(entry.userID), .integer(entry.number), .text(entry.kind.rawValue), .money(entry.amount),
                .text(entry.reference), .instant(entry.at),
            ])
    }

    private func insert(_ payment: Payment) throws {
        try connection.execute(
            "INSERT INTO payments (id, order_id, user_id, amount, refusal, at) VALUES ($1, $2, $3, $4, $5, $6)",
            [
                .text(payment.id), .text(payment.orderID), .text(payment.userID), .money(payment.amount),
                .text(payment.refusal?.rawValue), .instant(payment.at),
            ])
    }
}

extension SQLRow {
    func payment() throws -> Payment {
        Payment(
            id: try text("id"), orderID: try text("order_id"), userID: try text("user_id"),
            amount: try money("amount"), refusal: try optionalWord("refusal"), at: try instant("at"))
    }

    func entry() throws -> Entry {
        Entry(
            number: try number("number"), userID: try text("user_id"), kind: try word("kind"),
            amount: try money("amount"), reference: try text("reference"), at: try instant("at"))
    }
}
