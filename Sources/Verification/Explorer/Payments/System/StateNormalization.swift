import SQLKit

/// Drops data from the store that can no longer affect anything, so that histories differing only in it lead to one
/// state.
///
/// No payment rule and no invariant reads it; a test that explores with and without it verifies that.
enum StateNormalization {
    /// Drops nothing.
    static let none: RewindableDatabase.Normalization = { _, _ in true }

    /// Keeps what determines the next steps and what invariants read.
    static func relevantState(_ schema: StoreSchema) -> RewindableDatabase.Normalization {
        let rules = schema.tables.map { Rule($0, schema) }
        return { table, values in rules[table.number].apply(to: &values) }
    }

    /// The normalization of one table's rows.
    private struct Rule: Sendable {
        private var isDropped = false
        /// Rows with NULL there are dropped.
        private var needed: Int?
        private var resets: [(place: Int, value: SQLValue)] = []
        /// Columns that no longer matter once the state is `done`.
        private var whenDone: [Int] = []
        private var state = 0

        init(_ table: StoreTable, _ schema: StoreSchema) {
            func reset(_ columns: StoreColumn..., to value: SQLValue) {
                resets += columns.map { (schema.place(of: $0), value) }
            }
            switch table {
            case .taskAttempts: isDropped = true
            case .tasks:
                reset(.taskErrorClass, .taskErrorMessage, to: .null)
                reset(.taskUpdatedAt, to: .integer(0))
                state = schema.place(of: .taskState)
                whenDone = [.taskAttempts, .taskPolls, .taskDueAt, .taskFence].map(schema.place(of:))
            case .callbacks:
                // Only whether it was received matters, not how often.
                reset(.callbackDeliveries, to: .integer(1))
                reset(.callbackReceivedAt, to: .integer(0))
            case .operations: reset(.operationUpdatedAt, to: .integer(0))
            case .orders: reset(.orderUpdatedAt, to: .integer(0))
            case .journal:
                // Invariants read only status changes of the journal.
                needed = schema.place(of: .journalToStatus)
            case .bills, .cashbackEntries, .cashbackRules, .documents, .orderViews, .outbox, .outboxRelays, .receipts,
                .requestKeys,
                .restaurantKeys, .restaurants, .schemaMigrations, .storeKeys, .storeMarks, .taskInterventions,
                .taskPauses,
                .taskStagingFailures:
                break
            }
        }

        func apply(to values: inout [SQLValue]) -> Bool {
            if isDropped { return false }
            if let needed, values[needed] == .null { return false }
            for (place, value) in resets { values[place] = value }
            if !whenDone.isEmpty, values[state] == .text("done") {
                for place in whenDone { values[place] = .integer(0) }
            }
            return true
        }
    }
}
