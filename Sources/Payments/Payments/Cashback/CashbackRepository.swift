package import PaymentCore
package import SQLKit
package import WorldKit

/// Cashback rules, and the entries requested from the cashback service.
package struct CashbackRepository {
    private let connection: any SQLConnection

    package init(_ connection: any SQLConnection) { self.connection = connection }

    /// Keeps other bodies from adding a rule at the same time: two bodies that see the same rules may add the same one.
    func takeTurnsAdding(at instant: Instant) throws { try connection.takeTurns(["cashback_rules"], at: instant) }

    /// A restaurant's rules and the default ones; all rules for nil.
    package func rules(clientID: String?) throws -> [CashbackRule] {
        var clauses = SQLClauses()
        if let clientID { clauses.add("(client_id IS NULL OR client_id = \(clauses.bind(.text(clientID))))") }
        return try connection.query(
            "SELECT * FROM cashback_rules \(clauses.text) ORDER BY client_id NULLS FIRST, valid_from",
            clauses.parameters
        ).map(Self.rule)
    }

    package func rule(id: String) throws -> CashbackRule? {
        try connection.query("SELECT * FROM cashback_rules WHERE rule_id = $1", [.text(id)]).first.map(Self.rule)
    }

    /// Sets the end of a rule's validity.
    package func endRule(id: String, at instant: Instant) throws {
        try connection.execute(
            "UPDATE cashback_rules SET valid_until = $2 WHERE rule_id = $1", [.text(id), .instant(instant)])
    }

    package func insert(_ rule: CashbackRule) throws {
        try connection.execute(
            """
            INSERT INTO cashback_rules
                (rule_id, client_id, percent, currency, minimum_bill, cap, valid_from, valid_until)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .text(rule.ruleID), .text(rule.clientID), .text(rule.percent.description),
                .text((rule.minimumBill ?? rule.cap)?.currency.code), .integer(rule.minimumBill?.minorUnits),
                .integer(rule.cap?.minorUnits), .instant(rule.validFrom), .instant(rule.validUntil),
            ])
    }

    /// One requested entry, and whether the cashback service has confirmed it.
    package struct Record: Hashable, Sendable {
        package var number: Int
        package var entry: CashbackEntry
        package var isPosted: Bool
        /// Whether it corrects the cashback service's ledger instead of being part of what the order earns.
        package var isCorrection: Bool

        package init(number: Int, entry: CashbackEntry, isPosted: Bool, isCorrection: Bool) {
            self.number = number
            self.entry = entry
            self.isPosted = isPosted
            self.isCorrection = isCorrection
        }
    }

    /// The order's entries by number.
    package func entries(of order: Order) throws -> [Record] {
        try connection.query(
            "SELECT * FROM cashback_entries WHERE order_id = $1 ORDER BY number", [.text(order.orderID)]
        ).map { row in
            let number = try row.number("number")
            return Record(
                number: number,
                entry: CashbackEntry(
                    key: Self.key(orderID: order.orderID, number: number), orderID: order.orderID,
                    uid: try row.text("uid"), kind: try row.word("kind"),
                    amount: try row.money("amount", order.currency)),
                isPosted: try row.bool("is_posted"), isCorrection: try row.bool("is_correction"))
        }
    }

    /// Appends an entry to be posted, under its own number.
    package func append(_ record: Record, at instant: Instant) throws {
        let entry = record.entry
        try connection.execute(
            """
            INSERT INTO cashback_entries (order_id, number, uid, kind, amount, is_posted, is_correction, created_at)
            VALUES ($1, $2, $3, $4, $5, 0, $6, $7)
            """,
            [
                .text(entry.orderID), .integer(record.number), .text(entry.uid), .text(entry.kind.rawValue),
                .minorUnits(entry.amount), .integer(record.isCorrection ? 1 : 0), .instant(instant),
            ])
    }

    /// - Returns: false when it was confirmed before.
    package func markPosted(orderID: String, number: Int) throws -> Bool {
        try connection.execute(
            "UPDATE cashback_entries SET is_posted = 1 WHERE order_id = $1 AND number = $2 AND is_posted = 0",
            [.text(orderID), .integer(number)]) == 1
    }

    /// Records whether the cashback service has an entry, according to its ledger.
    package func setPosted(_ isPosted: Bool, orderID: String, number: Int) throws {
        try connection.execute(
            "UPDATE cashback_entries SET is_posted = $3 WHERE order_id = $1 AND number = $2",
            [.text(orderID), .integer(number), .integer(isPosted ? 1 : 0)])
    }

    /// The idempotency key of an order's n-th entry.
    package static func key(orderID: String, number: Int) -> String { "\(orderID)-\(number)" }

    private static func rule(_ row: SQLRow) throws -> CashbackRule {
        let currency = try row.optionalText("currency") == nil ? nil : row.currency()
        func money(_ column: String) throws -> Money? {
            guard let currency else { return nil }
            return try row.optionalMoney(column, currency)
        }
        return CashbackRule(
            ruleID: try row.text("rule_id"), clientID: try row.optionalText("client_id"),
            percent: try row.percent("percent"), minimumBill: try money("minimum_bill"), cap: try money("cap"),
            validFrom: try row.instant("valid_from"), validUntil: try row.optionalInstant("valid_until"))
    }
}
