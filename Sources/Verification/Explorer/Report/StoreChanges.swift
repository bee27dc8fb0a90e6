import PaymentCore
import SQLKit

extension StoreVersions {
    /// Describes the differences between two contents.
    func changes(from before: Version, to after: Version) -> [String] {
        let (before, after) = (content(before), content(after))
        return tables.indices.flatMap { number -> [String] in
            let (table, was, now) = (tables[number], before.tables[number], after.tables[number])
            guard was.digest != now.digest else { return [] }
            return now.rows.compactMap { row in
                let old = was.row(row.rowID)
                guard old?.values != row.values else { return nil }
                return Change(table: table, was: old?.values, now: row.values).words
            }
        }
    }
}

/// An added or changed row.
private struct Change {
    let table: RewindableDatabase.Table
    let was: [SQLValue]?
    let now: [SQLValue]

    /// Nil if the change is redundant.
    var words: String? {
        switch table.name {
        case "orders": isChanged("status") ? "the order becomes \(text("status"))" : "the order changes"
        case "operations":
            was == nil
                ? "\(text("kind")) \(text("number")) is to be"
                : "\(text("kind")) \(text("number")) is \(text("status"))"
        case "tasks": task
        case "cashback_entries": was == nil ? "\(text("kind")) is to be" : "\(text("kind")) is posted"
        case "documents": "document \(text("version")) is to be"
        case "receipts": "the receipt is stored"
        default: nil
        }
    }

    private var task: String? {
        let kind = text("kind")
        guard was != nil else { return "stages \(kind)" }
        switch text("state") {
        case "running": return isChanged("fence") ? "claims \(kind)" : "the lease of \(kind) changes"
        case "done": return "\(kind) is done"
        case "stuck": return "\(kind) is stuck"
        default: return isChanged("state") ? "puts \(kind) off" : "wakes \(kind)"
        }
    }

    private func isChanged(_ column: String) -> Bool {
        was.map { table.value(column, in: $0) != table.value(column, in: now) } ?? true
    }

    private func text(_ column: String) -> String {
        switch table.value(column, in: now) {
        case .text(let text)?: text
        case .integer(let number)?: "\(number)"
        default: ""
        }
    }
}
