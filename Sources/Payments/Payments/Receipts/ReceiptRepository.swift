package import PaymentCore
package import SQLKit
package import WorldKit

/// The documents that need a receipt, and the receipts that exist.
package struct ReceiptRepository {
    private let connection: any SQLConnection

    package init(_ connection: any SQLConnection) { self.connection = connection }

    package func insert(_ document: DocumentRecord, at instant: Instant) throws {
        try connection.execute(
            """
            INSERT INTO documents
                (order_id, document_id, invoice_id, version, operation, kind, amount, prepaid, lines, seller,
                    created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            [
                .text(document.orderID), .text(document.documentID), .text(document.invoiceID),
                .integer(document.version), .integer(document.operation), .text(document.kind.rawValue),
                .minorUnits(document.amount), .minorUnits(document.prepaid), try .lines(document.lines),
                .text(document.sellerName), .instant(instant),
            ])
    }

    /// The order's documents by version.
    package func documents(orderID: String) throws -> [DocumentRecord] {
        try connection.query(
            """
            SELECT d.*, orders.currency FROM documents d JOIN orders USING (order_id)
            WHERE d.order_id = $1 ORDER BY invoice_id, version
            """, [.text(orderID)]
        ).map(Self.document)
    }

    /// Seconds from the document to its receipt, for receipts stored since `instant`, shortest first.
    package func secondsToReceipt(since instant: Instant) throws -> [Double] {
        var seconds: [Double] = []
        try connection.forEachRow(
            """
            SELECT r.created_at - d.created_at AS microseconds
                FROM receipts r JOIN documents d USING (order_id, document_id)
            WHERE r.created_at >= $1
            """, [.instant(instant)]
        ) { row in seconds.append(Double(try row.integer("microseconds")) / 1_000_000) }
        return seconds.sorted()
    }

    /// Documents that have neither a receipt nor a task to fetch it, oldest first.
    package func documentsWithoutTask(orderID: String?, limit: Int) throws -> [DocumentRecord] {
        var clauses = SQLClauses()
        clauses.add("d.order_id = ", orderID.map(SQLValue.text))
        clauses.add(
            "NOT EXISTS (SELECT 1 FROM receipts r WHERE r.order_id = d.order_id AND r.document_id = d.document_id)")
        clauses.add("NOT EXISTS (SELECT 1 FROM tasks t WHERE t.kind = 'receipt.fetch' AND t.key = d.document_id)")
        let limit = clauses.bind(.integer(limit))
        return try connection.query(
            """
            SELECT d.*, orders.currency FROM documents d JOIN orders USING (order_id) \(clauses.text)
            ORDER BY d.created_at, d.document_id LIMIT \(limit)
            """, clauses.parameters
        ).map(Self.document)
    }

    private static func document(_ row: SQLRow) throws -> DocumentRecord {
        let currency = try row.currency()
        return DocumentRecord(
            orderID: try row.text("order_id"), invoiceID: try row.text("invoice_id"),
            version: try row.number("version"), operation: try row.number("operation"), kind: try row.word("kind"),
            amount: try row.money("amount", currency), prepaid: try row.money("prepaid", currency),
            lines: try row.lines("lines", currency),
            sellerName: try row.text("seller"))
    }

    /// - Returns: false when the receipt was recorded before.
    package func insert(_ receipt: StoredReceipt) throws -> Bool {
        try connection.execute(
            """
            INSERT INTO receipts (order_id, document_id, type, cost, key, created_at) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT DO NOTHING
            """,
            [
                .text(receipt.orderID), .text(receipt.documentID), .text(receipt.kind.rawValue),
                .minorUnits(receipt.cost), .text(receipt.key), .instant(receipt.createdAt),
            ]) == 1
    }

    /// The receipts of one order by document, or the newest of all orders.
    package func receipts(orderID: String?, limit: Int) throws -> [StoredReceipt] {
        var clauses = SQLClauses()
        clauses.add("r.order_id = ", orderID.map(SQLValue.text))
        let order = orderID == nil ? "r.created_at DESC" : "document_id"
        let limit = clauses.bind(.integer(limit))
        return try connection.query(
            """
            SELECT r.*, orders.currency FROM receipts r JOIN orders USING (order_id) \(clauses.text)
            ORDER BY \(order) LIMIT \(limit)
            """, clauses.parameters
        ).map(Self.receipt)
    }

    package func receipt(documentID: String) throws -> StoredReceipt? {
        try connection.query(
            """
            SELECT r.*, orders.currency FROM documents d JOIN receipts r USING (order_id, document_id)
            JOIN orders USING (order_id) WHERE d.invoice_id = $1 AND d.document_id = $2
            """, [.text(Self.invoiceID(documentID)), .text(documentID)]
        ).first.map(Self.receipt)
    }

    private static func invoiceID(_ documentID: String) -> String {
        documentID.lastIndex(of: "-").map { String(documentID[..<$0]) } ?? documentID
    }

    private static func receipt(_ row: SQLRow) throws -> StoredReceipt {
        StoredReceipt(
            orderID: try row.text("order_id"), documentID: try row.text("document_id"), kind: try row.word("type"),
            cost: try row.money("cost", try row.currency()), key: try row.text("key"),
            createdAt: try row.instant("created_at"))
    }
}
