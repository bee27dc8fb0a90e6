import SQLKit

/// Drops data from the store that can no longer affect anything, so that histories differing only in it lead to one
/// state.
///
/// No payment rule and no invariant reads it; a test that explores with and without it verifies that.
enum Keeping {
    /// Keeps everything.
    static let everything: RewindableDatabase.Keeping = { _, _ in true }

    static let whatDecides: RewindableDatabase.Keeping = { table, values in
        switch table.name {
        case "task_attempts":
            // For diagnosis only.
            return false
        case "tasks":
            table.set(["error_class", "error_message"], to: .null, in: &values)
            table.set(["updated_at"], to: .integer(0), in: &values)
            if table.value("state", in: values) == .text("done") {
                table.set(["attempts", "polls", "due_at", "fence"], to: .integer(0), in: &values)
            }
        case "callbacks":
            // Only whether it was received matters, not how often.
            table.set(["deliveries"], to: .integer(1), in: &values)
            table.set(["received_at"], to: .integer(0), in: &values)
        case "operations", "orders":
            table.set(["updated_at"], to: .integer(0), in: &values)
        case "journal":
            // Invariants read only status changes of the journal.
            return table.value("to_status", in: values) != .null
        default: break
        }
        return true
    }
}

extension RewindableDatabase.Table {
    func value(_ column: String, in values: [SQLValue]) -> SQLValue? {
        columns.firstIndex(of: column).map { values[$0] }
    }

    fileprivate func set(_ names: [String], to value: SQLValue, in values: inout [SQLValue]) {
        for name in names {
            if let place = columns.firstIndex(of: name) { values[place] = value }
        }
    }
}
