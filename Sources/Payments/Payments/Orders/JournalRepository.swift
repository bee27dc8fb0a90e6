package import PaymentCore
package import SQLKit

/// The append-only history of every order.
package struct JournalRepository {
    /// What this transaction has added.
    private final class Extended {
        var orderIDs: Set<String> = []
        var announced: [JournalEntry] = []
    }

    private let connection: any SQLConnection
    private let announces: Bool
    private let state = Extended()

    /// - Parameter announces: whether ``announced`` is kept.
    package init(_ connection: any SQLConnection, announces: Bool = false) {
        self.connection = connection
        self.announces = announces
    }

    /// The orders whose journal this transaction has extended.
    var extended: Set<String> { state.orderIDs }

    /// The entries of this transaction that are events for subscribers.
    var announced: [JournalEntry] { state.announced }

    package func append(_ entry: JournalEntry) throws { try append([entry]) }

    package func append(_ entries: [JournalEntry]) throws {
        try connection.executeEach(
            """
            INSERT INTO journal (order_id, at, event, from_status, to_status, actor, detail)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            entries.map { entry in
                [
                    .text(entry.orderID), .instant(entry.at), .text(entry.event.rawValue), .text(entry.from?.rawValue),
                    .text(entry.to?.rawValue), .text(entry.actor.text), .words(entry.detail),
                ]
            })
        state.orderIDs.formUnion(entries.map(\.orderID))
        if announces { state.announced += entries.filter { PaymentEvent.Kind($0.event) != nil } }
    }

    /// Oldest first.
    package func entries(orderID: String) throws -> [JournalEntry] {
        try connection.query("SELECT * FROM journal WHERE order_id = $1 ORDER BY entry_id", [.text(orderID)]).map {
            row in
            JournalEntry(
                at: try row.instant("at"), orderID: try row.text("order_id"), event: try row.word("event"),
                from: try row.optionalWord("from_status"), to: try row.optionalWord("to_status"),
                actor: try row.decoding("actor") { Actor(text: $0) }, detail: try row.json("detail"))
        }
    }
}
