package import PaymentCore
package import SQLKit
package import WorldKit

/// Payment operations, and the reports received about them.
package struct OperationRepository {
    private let connection: any SQLConnection

    package init(_ connection: any SQLConnection) { self.connection = connection }

    package func operation(invoiceID: String, number: Int) throws -> OperationRecord? {
        try connection.query(
            "\(Self.select) WHERE invoice_id = $1 AND number = $2", [.text(invoiceID), .integer(number)]
        ).first.map(Self.record)
    }

    /// All operations of an order, including those of former payers, in the order they were begun.
    package func operations(orderID: String) throws -> [OperationRecord] {
        try connection.query(
            "\(Self.select) WHERE o.order_id = $1 ORDER BY o.created_at, number", [.text(orderID)]
        ).map(Self.record)
    }

    /// The number the next operation of the invoice gets.
    package func nextNumber(invoiceID: String) throws -> Int {
        try connection.query(
            "SELECT COALESCE(MAX(number), 0) + 1 AS next FROM operations WHERE invoice_id = $1", [.text(invoiceID)]
        )[0].number("next")
    }

    package func insert(_ record: OperationRecord, at instant: Instant) throws {
        let operation = record.operation
        try connection.execute(
            """
            INSERT INTO operations
                (invoice_id, number, order_id, uid, kind, amount, status, reason, lines, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
            """,
            [
                .text(record.invoiceID), .integer(operation.number), .text(record.orderID), .text(record.uid),
                .text(operation.kind.rawValue), .minorUnits(operation.amount), .text(operation.status.rawValue),
                .message(operation.reason), try .lines(record.lines), .instant(instant),
            ])
    }

    package func setStatus(
        invoiceID: String, number: Int, to status: PaymentOperation.Status, reason: String?, at instant: Instant
    ) throws {
        try connection.execute(
            "UPDATE operations SET status = $3, reason = $4, updated_at = $5 WHERE invoice_id = $1 AND number = $2",
            [.text(invoiceID), .integer(number), .text(status.rawValue), .message(reason), .instant(instant)])
    }

    /// How often the identical report has been received before.
    package func deliveries(invoiceID: String, operation: PaymentOperation) throws -> Int {
        try connection.query(
            """
            SELECT deliveries FROM callbacks
            WHERE invoice_id = $1 AND number = $2 AND kind = $3 AND status = $4 AND amount = $5 AND currency = $6
            """, Self.reportKey(invoiceID, operation)
        ).first?.number("deliveries") ?? 0
    }

    /// Records a received report; for a repeated one, increments its count.
    /// - Parameter effect: the effect of its first arrival: `"applied"`, or why it had none.
    package func recordCallback(
        invoiceID: String, operation: PaymentOperation, effect: String, at instant: Instant
    ) throws {
        try connection.execute(
            """
            INSERT INTO callbacks (invoice_id, number, kind, status, amount, currency, received_at, effect)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (invoice_id, number, kind, status, amount, currency)
                DO UPDATE SET deliveries = callbacks.deliveries + 1
            """,
            Self.reportKey(invoiceID, operation) + [.instant(instant), .text(effect)])
    }

    /// Includes the amount: a report with a wrong one must not turn the right one into a repetition.
    private static func reportKey(_ invoiceID: String, _ operation: PaymentOperation) -> [SQLValue] {
        [
            .text(invoiceID), .integer(operation.number), .text(operation.kind.rawValue),
            .text(operation.status.rawValue), .minorUnits(operation.amount), .text(operation.amount.currency.code),
        ]
    }

    private static let select = "SELECT o.*, orders.currency FROM operations o JOIN orders USING (order_id)"

    private static func record(_ row: SQLRow) throws -> OperationRecord {
        let currency = try row.currency()
        return OperationRecord(
            orderID: try row.text("order_id"), invoiceID: try row.text("invoice_id"), uid: try row.text("uid"),
            operation: PaymentOperation(
                number: try row.number("number"), kind: try row.word("kind"), amount: try row.money("amount", currency),
                status: try row.word("status"), reason: try row.optionalText("reason")),
            lines: try row.lines("lines", currency))
    }
}
