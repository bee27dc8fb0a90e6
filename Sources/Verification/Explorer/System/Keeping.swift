import SQLKit

/// What of the store decides nothing any more and is forgotten, so that histories which differ only in it lead to one
/// state.
///
/// No rule of the payment and no invariant reads it; the test that explores with and without it holds that.
enum Keeping {
    /// Keeps everything.
    static let everything: RewindableDatabase.Keeping = { _, _ in true }

    static let whatDecides: RewindableDatabase.Keeping = { table, values in
        switch table.name {
        case "task_attempts":
            // For people who ask why.
            return false
        case "tasks":
            table.set(["error_class", "error_message"], to: .null, in: &values)
            table.set(["updated_at"], to: .integer(0), in: &values)
            if table.value("state", in: values) == .text("done") {
                table.set(["attempts", "polls", "due_at", "fence"], to: .integer(0), in: &values)
            }
        case "callbacks":
            // That it was taken in counts, not how often.
            table.set(["deliveries"], to: .integer(1), in: &values)
            table.set(["received_at"], to: .integer(0), in: &values)
        case "operations", "orders":
            table.set(["updated_at"], to: .integer(0), in: &values)
        case "journal":
            // Of the journal only changes of status are judged.
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
