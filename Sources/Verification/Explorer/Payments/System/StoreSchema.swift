import SQLKit

/// The tables of the store by the schema's own names.
///
/// Every table of the migrated schema must be here, with its role: ``StoreSchema`` compares the two when an exploration
/// starts.
enum StoreTable: String, CaseIterable, Sendable {
    case bills, callbacks, documents, journal, operations, orders, outbox, receipts, restaurants, tasks
    case cashbackEntries = "cashback_entries"
    case cashbackRules = "cashback_rules"
    case orderViews = "order_views"
    case outboxRelays = "outbox_relays"
    case requestKeys = "request_keys"
    case restaurantKeys = "restaurant_keys"
    case schemaMigrations = "schema_migrations"
    case storeKeys = "store_keys"
    case storeMarks = "store_marks"
    case taskAttempts = "task_attempts"
    case taskInterventions = "task_interventions"
    case taskPauses = "task_pauses"
    case taskStagingFailures = "task_staging_failures"

    /// What the explorer does with a table.
    enum Role {
        /// It is part of a state, and of what invariants read.
        case payments
        /// It is part of a state: it decides what happens next.
        case scheduling
        /// It is ignored: nothing depends on it.
        case diagnosis
    }

    var role: Role {
        switch self {
        case .bills, .cashbackEntries, .cashbackRules, .documents, .journal, .operations, .orders, .receipts,
            .restaurants:
            .payments
        // Some of these tables are empty here: events are off, and only one host uses the store.
        case .callbacks, .orderViews, .outbox, .outboxRelays, .requestKeys, .restaurantKeys, .schemaMigrations,
            .storeKeys, .storeMarks, .taskInterventions, .taskPauses, .taskStagingFailures, .tasks:
            .scheduling
        case .taskAttempts: .diagnosis
        }
    }
}

/// A column that the explorer reads or resets by name.
enum StoreColumn: String, CaseIterable, Sendable {
    case callbackDeliveries = "callbacks.deliveries"
    case callbackReceivedAt = "callbacks.received_at"
    case cashbackEntryKind = "cashback_entries.kind"
    case documentVersion = "documents.version"
    case journalToStatus = "journal.to_status"
    case operationKind = "operations.kind"
    case operationNumber = "operations.number"
    case operationStatus = "operations.status"
    case operationUpdatedAt = "operations.updated_at"
    case orderStatus = "orders.status"
    case orderUpdatedAt = "orders.updated_at"
    case taskAttempts = "tasks.attempts"
    case taskDueAt = "tasks.due_at"
    case taskErrorClass = "tasks.error_class"
    case taskErrorMessage = "tasks.error_message"
    case taskFence = "tasks.fence"
    case taskKind = "tasks.kind"
    case taskPolls = "tasks.polls"
    case taskState = "tasks.state"
    case taskUpdatedAt = "tasks.updated_at"
}

/// The names above, resolved in the migrated schema.
struct StoreSchema: Sendable {
    /// By table number.
    let tables: [StoreTable]
    private let places: [StoreColumn: Int]

    /// - Throws: ``StoreSchemaError`` when the schema and the names differ.
    init(_ tables: [RewindableDatabase.Table]) throws(StoreSchemaError) {
        let names = tables.map(\.name)
        let unknown = names.filter { StoreTable(rawValue: $0) == nil }
        let missing = StoreTable.allCases.map(\.rawValue).filter { !names.contains($0) }
        var places: [StoreColumn: Int] = [:]
        for column in StoreColumn.allCases {
            let parts = column.rawValue.split(separator: ".")
            places[column] = tables.first { $0.name == parts[0] }?.columns.firstIndex { $0 == parts[1] }
        }
        let missingColumns = StoreColumn.allCases.filter { places[$0] == nil }.map(\.rawValue)
        guard unknown.isEmpty, missing.isEmpty, missingColumns.isEmpty, tables.count <= Footprint.tableLimit else {
            throw StoreSchemaError(
                unknownTables: unknown, missingTables: missing, missingColumns: missingColumns,
                tableCount: tables.count)
        }
        self.tables = names.compactMap(StoreTable.init(rawValue:))
        self.places = places
    }

    /// The place of a column's value in a row of its table.
    func place(of column: StoreColumn) -> Int { places[column] ?? 0 }
}

/// The explorer does not know the store's schema: a new table needs a role, a renamed one or a column its new name.
package struct StoreSchemaError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Tables of the schema without a role.
    package var unknownTables: [String]
    /// Tables and columns (`table.column`) that the schema does not have.
    package var missingTables: [String]
    package var missingColumns: [String]
    package var tableCount: Int

    package var description: String {
        var parts: [String] = []
        if !unknownTables.isEmpty { parts.append("tables without a role: \(unknownTables.joined(separator: ", "))") }
        if !missingTables.isEmpty { parts.append("missing tables: \(missingTables.joined(separator: ", "))") }
        if !missingColumns.isEmpty { parts.append("missing columns: \(missingColumns.joined(separator: ", "))") }
        if tableCount > Footprint.tableLimit { parts.append("more than \(Footprint.tableLimit) tables") }
        return "the explorer does not know the store's schema: " + parts.joined(separator: "; ")
    }
}
