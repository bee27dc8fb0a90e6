import SQLKit

/// The part of the queue's tables that the application decides, and the statements that depend on it.
package struct QueueSchema: Sendable {
    /// In the order of their columns.
    package let tags: [TaskTag]
    /// The tag whose tasks run one after another; nil when all tasks are independent.
    package let sequence: TaskTag?
    let selective: [TaskTag]
    /// Parameters: kind, key, payload, due, now, tags.
    let insert: String
    /// Parameters: now, kind, key, message, selective tags.
    let insertFailure: String

    /// - Parameter sequence: one of the tags. A task with it waits while an older one with the same value is
    ///   unfinished or stuck, whatever their kinds.
    package init(tags: [TaskTag], sequence: TaskTag? = nil) {
        self.tags = tags
        self.sequence = sequence
        func columns(_ tags: [TaskTag]) -> String { tags.map { ", \($0.name)" }.joined() }
        func parameters(_ tags: [TaskTag], after last: Int) -> String {
            tags.indices.map { ", $\(last + 1 + $0)" }.joined()
        }
        selective = tags.filter(\.isSelective)
        let state = sequence.flatMap(tags.firstIndex).map {
            TaskSequence.initialState(of: tags[$0], value: "$\($0 + 6)")
        }
        insert = """
            INSERT INTO tasks (kind, key, payload, state, due_at, created_at, updated_at\(columns(tags)))
            VALUES ($1, $2, $3, \(state ?? "'ready'"), $4, $5, $5\(parameters(tags, after: 5)))
            ON CONFLICT (kind, key) DO NOTHING
            """
        insertFailure = """
            INSERT INTO task_staging_failures (at, kind, key, message\(columns(selective)))
            VALUES ($1, $2, $3, $4\(parameters(selective, after: 4)))
            """
    }

    func values(_ tags: [TaskTag: String]) -> [SQLValue] { self.tags.map { .text(tags[$0]) } }

    func selectiveValues(_ tags: [TaskTag: String]) -> [SQLValue] { selective.map { .text(tags[$0]) } }

    func tags(_ row: SQLRow) throws -> [TaskTag: String] {
        var found: [TaskTag: String] = [:]
        for tag in tags { found[tag] = try row.optionalText(tag.name) }
        return found
    }
}
