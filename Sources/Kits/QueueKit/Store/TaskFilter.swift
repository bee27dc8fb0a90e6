import SQLKit
package import WorldKit

/// Selects tasks; all conditions that are set must hold.
package struct TaskFilter: Hashable, Sendable {
    package var ids: [Int64] = []
    package var kinds: [TaskKind] = []
    package var states: [TaskState] = []
    package var tags: [TaskTag: String] = [:]
    package var errorClass: String?
    /// Created at or after.
    package var since: Instant?
    /// Created before.
    package var until: Instant?
    /// At least this many attempts.
    package var attempts: Int?
    package var limit: Int?

    package init() {}

    /// Whether no condition is set: every task matches.
    package var isEmpty: Bool {
        var open = self
        open.limit = nil
        return open == TaskFilter()
    }
}

extension TaskRepository {
    /// The tasks that a filter matches, most urgent first: stuck, running, due, scheduled, canceled, done; within a
    /// state the longest waiting, of finished ones the newest.
    ///
    /// Queried state by state, because each has an index in its order, and the first often reaches the limit.
    package func tasks(_ filter: TaskFilter, at instant: Instant) throws -> [QueuedTask] {
        var tasks: [QueuedTask] = []
        for state in states(of: filter) {
            let room = filter.limit.map { $0 - tasks.count } ?? .max
            guard room > 0 else { break }
            for range in try ranges(of: state, filter) {
                var clauses = self.clauses(filter, state: state, kind: range, at: instant)
                let limit = filter.limit == nil ? "" : "LIMIT " + clauses.bind(.integer(room))
                let order = state.isFinal ? "updated_at DESC, task_id DESC" : "due_at, task_id"
                try connection.forEachRow(
                    "SELECT * FROM tasks \(clauses.text) ORDER BY \(order) \(limit)", clauses.parameters
                ) { tasks.append(try task($0, now: instant)) }
            }
        }
        return Self.sorted(tasks, limit: filter.limit)
    }

    /// How many tasks a filter matches, grouped, largest group first.
    package func counts(_ filter: TaskFilter, by grouping: TaskGrouping, at instant: Instant) throws -> [TaskGroup] {
        var groups: [String?: TaskGroup] = [:]
        for state in states(of: filter) {
            let clauses = self.clauses(filter, state: state, kind: nil, at: instant)
            try connection.forEachRow(
                """
                SELECT \(grouping.column) AS name, COUNT(*) AS count, MIN(created_at) AS oldest,
                    MAX(attempts) AS attempts
                FROM tasks \(clauses.text) GROUP BY 1
                """, clauses.parameters
            ) { row in
                let name = grouping == .state ? state.rawValue : try row.optionalText("name")
                var group = try groups[name] ?? TaskGroup(name: name, oldest: row.instant("oldest"))
                group.count += try row.number("count")
                group.oldest = min(group.oldest, try row.instant("oldest"))
                group.attempts = max(group.attempts, try row.number("attempts"))
                groups[name] = group
            }
        }
        return groups.values.sorted { ($1.count, $0.name ?? "") < ($0.count, $1.name ?? "") }
    }

    /// Only in a schema with a sequence do tasks wait, and have an index.
    private func states(of filter: TaskFilter) -> [TaskState] {
        TaskState.byUrgency.filter {
            (filter.states.isEmpty || filter.states.contains($0)) && ($0 != .waiting || schema.sequence != nil)
        }
    }

    /// Tasks to be claimed and done ones are indexed by kind; nil reads a whole state.
    private func ranges(of state: TaskState, _ filter: TaskFilter) throws -> [TaskKind?] {
        guard [.ready, .scheduled, .waiting, .done].contains(state), !filter.namesFew else { return [nil] }
        // Deduplicated, because a task must not be found twice.
        return filter.kinds.isEmpty ? try kinds() : Set(filter.kinds).sorted { $0.rawValue < $1.rawValue }
    }

    private func clauses(
        _ filter: TaskFilter, state: TaskState, kind: TaskKind?, at instant: Instant
    ) -> SQLClauses {
        var clauses = SQLClauses()
        clauses.add("task_id", in: filter.ids.map { .integer($0) })
        for tag in schema.tags { clauses.add("\(tag.name) = ", filter.tags[tag].map(SQLValue.text)) }
        // A condition that names few tasks finds them; the bare columns of the other indexes would only mislead the
        // planner.
        let column = filter.namesFew ? "COALESCE(state, '')" : "state"
        switch state {
        case .scheduled:
            clauses.add("\(column) = 'ready'")
            clauses.add("due_at > ", .instant(instant))
        case .ready:
            clauses.add("\(column) = 'ready'")
            clauses.add("due_at <= ", .instant(instant))
        case .running, .waiting, .done, .stuck, .canceled:
            clauses.add("\(column) = '\(state.rawValue)'")
        }
        if let kind {
            clauses.add("kind = ", .text(kind.rawValue))
        } else {
            clauses.add("COALESCE(kind, '')", in: filter.kinds.map { .text($0.rawValue) })
        }
        clauses.add("error_class = ", filter.errorClass.map(SQLValue.text))
        clauses.add("created_at >= ", filter.since.map(SQLValue.instant))
        clauses.add("created_at < ", filter.until.map(SQLValue.instant))
        clauses.add("attempts >= ", filter.attempts.map { .integer($0) })
        return clauses
    }

    /// Merges the ranges of a state.
    private static func sorted(_ tasks: [QueuedTask], limit: Int?) -> [QueuedTask] {
        let ranks = Dictionary(uniqueKeysWithValues: zip(TaskState.byUrgency, 0...))
        let sorted = tasks.sorted { left, right in
            guard left.state == right.state else {
                return ranks[left.state, default: 0] < ranks[right.state, default: 0]
            }
            return left.state.isFinal
                ? (right.updatedAt, right.taskID) < (left.updatedAt, left.taskID)
                : (left.nextAttemptAt, left.taskID) < (right.nextAttemptAt, right.taskID)
        }
        return limit.map { Array(sorted.prefix($0)) } ?? sorted
    }
}

extension TaskFilter {
    /// Whether it can only match a handful.
    fileprivate var namesFew: Bool { !ids.isEmpty || tags.keys.contains { $0.isSelective } }
}

/// What tasks are grouped by.
package enum TaskGrouping: Hashable, Sendable {
    case error, kind, state
    case tag(TaskTag)

    fileprivate var column: String {
        switch self {
        case .error: "error_class"
        // Not the bare column: the planner would choose the index on (kind, key) and read every task ever created.
        case .kind: "COALESCE(kind, '')"
        case .state: "state"
        case .tag(let tag): tag.name
        }
    }
}

/// Tasks grouped by a common value.
package struct TaskGroup: Hashable, Sendable {
    /// The common value; nil for tasks without one, such as those without an error.
    package var name: String?
    package var count = 0
    /// When the oldest was created.
    package var oldest: Instant
    /// The largest number of attempts in the group.
    package var attempts = 0
}
