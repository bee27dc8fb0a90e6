import JSONKit
import OrderingCore
import SQLKit

extension OrderingMachine {
    /// Describes the differences between two contents of a service's store.
    func changes(of service: ServiceName, from before: Stores.Version, to after: Stores.Version, isWanted: Bool = true)
        -> [String]
    {
        guard isWanted else { return [] }
        let store = stores[service.index]
        let (before, after) = (store.content(before), store.content(after))
        return tables[service.index].enumerated().flatMap { number, table -> [String] in
            let (was, now) = (before.tables[number], after.tables[number])
            guard was.digest != now.digest else { return [] }
            return now.rows.compactMap { row in
                let old = was.row(row.rowID)?.values
                return old == row.values ? nil : OrderingRowChange(table: table, was: old, now: row.values).words
            }
        }
    }
}

/// An added or changed row.
private struct OrderingRowChange {
    let table: RewindableDatabase.Table
    let was: [SQLValue]?
    let now: [SQLValue]

    /// Nil if another change says it.
    var words: String? {
        switch table.name {
        case "users": "user \(text("id")) is registered"
        case "profiles": "keeps a copy of the user"
        case "baskets": "basket \(text("id")) is \(text("status"))"
        case "orders": isChanged("status") ? "order \(text("id")) is \(text("status"))" : nil
        case "entries": "\(text("kind")) of \(money("amount"))"
        case "payments":
            "payment \(text("id")) " + (text("refusal").isEmpty ? "succeeds" : "is refused: \(text("refusal"))")
        case "notifications": "tells the user that the order is \(text("status"))"
        case "push_events": "pushes that the order is \(text("status"))"
        case "requests": was == nil ? "keeps the request" : "has the answer \(text("answer_status"))"
        case "outbox": was == nil ? "is to send \(text("type"))" : nil
        case "tasks": task
        default: nil
        }
    }

    private var task: String? {
        let name = name
        guard was != nil else { return text("kind") == "ordering.call" ? "is to ask for \(name)" : "keeps \(name)" }
        switch text("state") {
        case "running": return isChanged("fence") ? "takes up \(name)" : nil
        case "done": return isChanged("state") ? "\(name) is done" : nil
        case "stuck": return "\(name) is stuck: \(text("error_class"))"
        case "ready": return isChanged("state") && text("error_class") != "" ? "puts \(name) off" : nil
        default: return nil
        }
    }

    /// The type of a message, or what another service is asked for.
    private var name: String {
        let payload = try? JSONValue(parsing: Array(text("payload").utf8), as: .interoperable)
        let words = payload.flatMap { try? JSON.decode([String: String].self, from: $0) } ?? [:]
        return words["type"] ?? words["endpoint"] ?? text("kind")
    }

    private func place(_ column: String) -> Int? { table.columns.firstIndex { $0 == column } }

    private func isChanged(_ column: String) -> Bool {
        guard let place = place(column), let was else { return true }
        return was[place] != now[place]
    }

    private func money(_ column: String) -> String {
        guard let place = place(column), case .integer(let number) = now[place] else { return "?" }
        return Money(minorUnits: number)?.decimal ?? "\(number)"
    }

    private func text(_ column: String) -> String {
        guard let place = place(column) else { return "" }
        return switch now[place] {
        case .text(let text): text
        case .integer(let number): "\(number)"
        default: ""
        }
    }
}
