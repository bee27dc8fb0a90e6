import PaymentCore
import SQLKit

extension StoreVersions {
    /// Describes the differences between two contents.
    func changes(from before: Version, to after: Version) -> [String] {
        let (before, after) = (content(before), content(after))
        return schema.tables.enumerated().flatMap { number, table -> [String] in
            let (was, now) = (before.tables[number], after.tables[number])
            guard was.digest != now.digest else { return [] }
            return now.rows.compactMap { row in
                let old = was.row(row.rowID)
                guard old?.values != row.values else { return nil }
                return RowChange(table: table, schema: schema, was: old?.values, now: row.values).words
            }
        }
    }
}

/// An added or changed row.
private struct RowChange {
    let table: StoreTable
    let schema: StoreSchema
    let was: [SQLValue]?
    let now: [SQLValue]

    /// Nil if the change is redundant.
    var words: String? {
        switch table {
        case .orders:
            isChanged(.orderStatus) ? "the order becomes \(text(.orderStatus))" : "the order changes"
        case .operations:
            was == nil
                ? "\(text(.operationKind)) \(text(.operationNumber)) is to be"
                : "\(text(.operationKind)) \(text(.operationNumber)) is \(text(.operationStatus))"
        case .tasks: task
        case .cashbackEntries:
            was == nil ? "\(text(.cashbackEntryKind)) is to be" : "\(text(.cashbackEntryKind)) is posted"
        case .documents: "document \(text(.documentVersion)) is to be"
        case .receipts: "the receipt is stored"
        case .bills, .callbacks, .cashbackRules, .journal, .orderViews, .outbox, .outboxRelays, .requestKeys,
            .restaurantKeys, .restaurants,
            .schemaMigrations, .storeKeys, .storeMarks, .taskAttempts, .taskInterventions, .taskPauses,
            .taskStagingFailures:
            nil
        }
    }

    private var task: String? {
        let kind = text(.taskKind)
        guard was != nil else { return "stages \(kind)" }
        switch text(.taskState) {
        case "running": return isChanged(.taskFence) ? "claims \(kind)" : "the lease of \(kind) changes"
        case "done": return "\(kind) is done"
        case "stuck": return "\(kind) is stuck"
        default: return isChanged(.taskState) ? "puts \(kind) off" : "wakes \(kind)"
        }
    }

    private func isChanged(_ column: StoreColumn) -> Bool {
        let place = schema.place(of: column)
        return was.map { $0[place] != now[place] } ?? true
    }

    private func text(_ column: StoreColumn) -> String {
        switch now[schema.place(of: column)] {
        case .text(let text): text
        case .integer(let number): "\(number)"
        default: ""
        }
    }
}
