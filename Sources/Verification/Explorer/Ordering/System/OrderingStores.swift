import EncodingKit
import Ordering
import OrderingCore
import SQLKit
import WorldKit

/// What the scheduler and the invariants need to know of a content of a service's store.
struct OrderingFacts: Sendable {
    /// When the tasks that can be claimed are due, in order.
    var dues: [Instant]
    /// How many messages are not sent.
    var unsent: Int
    /// The digests of what the service keeps, of the order in which messages took effect, and of what it has sent or
    /// will send.
    var records: UInt64
    var effects: UInt64
    var sent: UInt64
}

extension ContentVersions where Facts == OrderingFacts {
    /// The store of a service.
    convenience init(_ service: ServiceName, migrations: [SQLMigration], forgets: Bool) throws {
        let database = try RewindableDatabase(migrations: migrations) { tables in
            guard forgets else { return { _, _ in true } }
            let rules = tables.map(OrderingNormalization.init)
            return { table, values in rules[table.number].apply(to: &values) }
        }
        let traffic: Set = [
            "tasks", "task_attempts", "task_interventions", "task_pauses", "task_staging_failures", "outbox",
            "outbox_relays", "handled", "schema_migrations",
        ]
        let records = Set(database.tables.filter { !traffic.contains($0.name) }.map(\.number))
        let handled = database.tables.first { $0.name == "handled" }?.number
        try self.init(database) { connection, content in
            var sent = StableHash()
            var unsent = 0
            try connection.forEachRow("SELECT position, id, body, state FROM outbox ORDER BY position", []) { row in
                sent.combine("\(try row.integer("position"))")
                sent.combine(try row.text("id"))
                sent.combine(try row.text("body"))
                if try row.text("state") == "unsent" { unsent += 1 }
            }
            return OrderingFacts(
                dues: try connection.query("SELECT due_at FROM tasks WHERE state = 'ready' ORDER BY due_at").map {
                    try $0.instant("due_at")
                },
                unsent: unsent, records: content.digest { records.contains($0) },
                effects: content.digest { $0 == handled }, sent: sent.value)
        }
    }
}

/// Drops from the rows of one table what no later step and no invariant reads.
private struct OrderingNormalization: Sendable {
    private var isDropped = false
    private var resets: [(place: Int, value: SQLValue)] = []
    /// Columns that no longer matter once the state is `done`.
    private var whenDone: [(place: Int, value: SQLValue)] = []
    private var state = 0

    init(_ table: RewindableDatabase.Table) {
        func places(_ columns: [(String, SQLValue)]) -> [(place: Int, value: SQLValue)] {
            columns.compactMap { name, value in
                table.columns.firstIndex { $0 == name }.map { ($0, value) }
            }
        }
        switch table.name {
        // The history of failures; which relay sends, of which there is one.
        case "task_attempts", "outbox_relays": isDropped = true
        case "tasks":
            resets = places([("updated_at", .integer(0))])
            // While the task is unfinished, its age decides how long it waits for an account.
            whenDone = places([
                ("created_at", .integer(0)),
                ("attempts", .integer(0)), ("polls", .integer(0)), ("due_at", .integer(0)), ("fence", .integer(0)),
                ("is_kept", .integer(0)), ("error_class", .null), ("error_message", .null),
            ])
            state = table.columns.firstIndex { $0 == "state" } ?? 0
        case "outbox":
            resets = places([
                ("attempts", .integer(0)), ("error", .null), ("settled_at", .null), ("created_at", .integer(0)),
            ])
        case "handled": resets = places([("at", .integer(0))])
        case "requests": resets = places([("answered_at", .null)])
        default: break
        }
    }

    func apply(to values: inout [SQLValue]) -> Bool {
        if isDropped { return false }
        for (place, value) in resets { values[place] = value }
        if !whenDone.isEmpty, values[state] == .text("done") {
            for (place, value) in whenDone { values[place] = value }
        }
        return true
    }
}
