package import PaymentCore
package import SQLKit
package import WorldKit

/// Orders and the versions of their bills.
package struct OrderRepository {
    private let connection: any SQLConnection

    package init(_ connection: any SQLConnection) { self.connection = connection }

    package func order(id: String) throws -> Order? {
        try connection.query("SELECT * FROM orders WHERE order_id = $1", [.text(id)]).first.map(Self.order)
    }

    /// The order for a restaurant's bill.
    package func order(clientID: String, internalOrderID: String) throws -> Order? {
        try connection.query(
            "SELECT * FROM orders WHERE client_id = $1 AND internal_order_id = $2",
            [.text(clientID), .text(internalOrderID)]
        ).first.map(Self.order)
    }

    package typealias Filter = OrderFilter

    /// Newest first.
    package func orders(_ filter: OrderFilter) throws -> [Order] {
        var clauses = SQLClauses()
        clauses.add("status", in: filter.statuses.map { .text($0.rawValue) })
        clauses.add("client_id = ", filter.clientID.map(SQLValue.text))
        clauses.add("uid = ", filter.uid.map(SQLValue.text))
        clauses.add("created_at >= ", filter.since.map(SQLValue.instant))
        clauses.add("created_at < ", filter.until.map(SQLValue.instant))
        let limit = clauses.bind(.integer(filter.limit))
        return try connection.query(
            "SELECT * FROM orders \(clauses.text) ORDER BY created_at DESC, order_id LIMIT \(limit)",
            clauses.parameters
        ).map(Self.order)
    }

    /// A position in a walk through orders by age.
    package struct Bookmark: Sendable {
        var createdAt: Instant
        var orderID: String

        package init(_ order: Order) {
            createdAt = order.createdAt
            orderID = order.orderID
        }
    }

    /// The next page of orders created in a period, oldest first.
    /// - Parameter bookmark: the last order of the previous page; nil starts.
    package func page(
        since: Instant?, until: Instant?, after bookmark: Bookmark?, limit: Int
    ) throws -> [Order] {
        var clauses = SQLClauses()
        clauses.add("created_at >= ", since.map(SQLValue.instant))
        clauses.add("created_at < ", until.map(SQLValue.instant))
        if let bookmark {
            let (at, id) = (clauses.bind(.instant(bookmark.createdAt)), clauses.bind(.text(bookmark.orderID)))
            clauses.add("(created_at, order_id) > (\(at), \(id))")
        }
        let limit = clauses.bind(.integer(limit))
        return try connection.query(
            "SELECT * FROM orders \(clauses.text) ORDER BY created_at, order_id LIMIT \(limit)", clauses.parameters
        ).map(Self.order)
    }

    /// When the order was created; nil when it does not exist.
    package func createdAt(id: String) throws -> Instant? {
        try connection.query("SELECT created_at FROM orders WHERE order_id = $1", [.text(id)]).first?.instant(
            "created_at")
    }

    package func insert(_ order: Order, lines: [BillLine]) throws {
        let columns = try Self.columns(order)
        let names = columns.map(\.name).joined(separator: ", ")
        let places = (1...columns.count).map { "$\($0)" }.joined(separator: ", ")
        try connection.execute("INSERT INTO orders (\(names)) VALUES (\(places))", columns.map(\.value))
        try insertBill(of: order, lines: lines)
    }

    /// Overwrites the record with the order, unless the record has changed since `expected` was read.
    ///
    /// This compare-and-set on (status, payer, operation, bill version) serializes users who pay at the same time.
    /// - Returns: false when the record has changed, and nothing was written.
    package func compareAndSet(_ order: Order, expected: Order) throws -> Bool {
        let columns = try Self.columns(order)
        let assignments = columns.enumerated().map { "\($1.name) = $\($0 + 1)" }.joined(separator: ", ")
        let next = columns.count
        let changed = try connection.execute(
            """
            UPDATE orders SET \(assignments)
            WHERE order_id = $\(next + 1) AND status = $\(next + 2) AND operation = $\(next + 3)
              AND bill_version = $\(next + 4) AND COALESCE(eda_order_id, '') = $\(next + 5)
              AND refunded = $\(next + 6)
            """,
            columns.map(\.value) + [
                .text(expected.orderID), .text(expected.status.rawValue), .integer(expected.operation),
                .integer(expected.billVersion), .text(expected.edaOrderID ?? ""), .minorUnits(expected.refunded),
            ])
        return changed == 1
    }

    package func insertBill(of order: Order, lines: [BillLine]) throws {
        try connection.execute(
            """
            INSERT INTO bills (order_id, version, amount, prepaid, lines, created_at) VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                .text(order.orderID), .integer(order.billVersion), .minorUnits(order.amount),
                .minorUnits(order.prepaid), try .lines(lines), .instant(order.updatedAt),
            ])
    }

    /// The lines of the order's current bill.
    package func lines(of order: Order) throws -> [BillLine] {
        let rows = try connection.query(
            "SELECT lines FROM bills WHERE order_id = $1 AND version = $2",
            [.text(order.orderID), .integer(order.billVersion)])
        guard let row = rows.first else {
            throw SQLError(code: .decoding, message: "order \(order.orderID) has no bill \(order.billVersion)")
        }
        return try row.lines("lines", order.currency)
    }

    private static func columns(_ order: Order) throws -> [(name: String, value: SQLValue)] {
        [
            ("order_id", .text(order.orderID)),
            ("client_id", .text(order.clientID)),
            ("internal_order_id", .text(order.internalOrderID)),
            ("bill_version", .integer(order.billVersion)),
            ("status", .text(order.status.rawValue)),
            ("currency", .text(order.currency.code)),
            ("amount", .minorUnits(order.amount)),
            ("prepaid", .minorUnits(order.prepaid)),
            ("taken", .minorUnits(order.capturedAmount)),
            ("refunded", .minorUnits(order.refunded)),
            ("uid", .text(order.uid)),
            ("payment_method_id", .text(order.paymentMethodID)),
            ("eda_order_id", .text(order.edaOrderID)),
            ("operation", .integer(order.operation)),
            ("began_at", .instant(order.beganAt)),
            ("cashback_rule_id", .text(order.cashback?.ruleID)),
            ("cashback_percent", .text(order.cashback?.percent.description)),
            ("cashback_cap", .integer(order.cashback?.cap?.minorUnits)),
            ("created_at", .instant(order.createdAt)),
            ("updated_at", .instant(order.updatedAt)),
            ("expires_at", .instant(order.expiresAt)),
        ]
    }

    private static func order(_ row: SQLRow) throws -> Order {
        let currency = try row.currency()
        var cashback: CashbackTerms?
        if let ruleID = try row.optionalText("cashback_rule_id") {
            cashback = CashbackTerms(
                ruleID: ruleID, percent: try row.percent("cashback_percent"),
                cap: try row.optionalMoney("cashback_cap", currency))
        }
        return Order(
            orderID: try row.identifier("order_id"), clientID: try row.identifier("client_id"),
            internalOrderID: try row.text("internal_order_id"), billVersion: try row.number("bill_version"),
            status: try row.word("status"), amount: try row.money("amount", currency),
            prepaid: try row.money("prepaid", currency), capturedAmount: try row.money("taken", currency),
            refunded: try row.money("refunded", currency),
            uid: try row.optionalText("uid"), paymentMethodID: try row.optionalText("payment_method_id"),
            edaOrderID: try row.optionalText("eda_order_id"), operation: try row.number("operation"),
            beganAt: try row.optionalInstant("began_at"), cashback: cashback,
            createdAt: try row.instant("created_at"), updatedAt: try row.instant("updated_at"),
            expiresAt: try row.instant("expires_at"))
    }
}
