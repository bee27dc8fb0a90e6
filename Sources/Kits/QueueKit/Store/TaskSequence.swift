import SQLKit
import WorldKit

/// Order among the tasks with the same value of the schema's sequence tag.
///
/// One of them at a time can be claimed, the oldest by its number; the others have the state `waiting` in the table and
/// are no part of the index that claims read, however many they are. Whatever ends the turn of one gives it to the next
/// in the same transaction: a few lookups in the index on (tag, state, number).
///
/// This relies on writers that run one at a time. With concurrent writers, bodies that stage or end tasks of one value
/// first update its guard (``SQLKit/SQLGuards``). Without the guard, two bodies that each stage the first task would
/// find none, and both tasks would be `ready`; a body that stages a task while the last one ends would leave it
/// `waiting` forever. Claims need no guard: they compare fence and state.
struct TaskSequence {
    private let connection: any SQLConnection
    private let column: String

    /// - Returns: nil for a schema without a sequence.
    init?(_ connection: any SQLConnection, _ schema: QueueSchema) {
        guard let sequence = schema.sequence else { return nil }
        self.connection = connection
        column = sequence.name
    }

    /// The state of a new task: `ready` when it is the only unfinished one of its sequence, or has none.
    static func initialState(of tag: TaskTag, value: String) -> String {
        """
        CASE WHEN EXISTS (SELECT 1 FROM tasks AS other WHERE other.\(tag.name) = \(value)
            AND other.state IN ('ready', 'running', 'stuck', 'waiting')) THEN 'waiting' ELSE 'ready' END
        """
    }

    /// Lets the next task of each sequence be claimed, unless an older one is unfinished or stuck, or one is running.
    /// - Returns: whether there was one.
    func advance(_ sequences: Set<String>) throws -> Bool {
        try connection.executeEach(
            """
            UPDATE tasks SET state = 'ready'
            WHERE task_id = (SELECT task_id FROM tasks WHERE \(column) = $1 AND state = 'waiting'
                    ORDER BY task_id LIMIT 1)
                AND NOT EXISTS (SELECT 1 FROM tasks AS other WHERE other.\(column) = $1
                    AND other.state IN ('ready', 'running', 'stuck')
                    AND (other.state = 'running' OR other.task_id < tasks.task_id))
            """, parameters(sequences)
        ).contains(1)
    }

    /// Restores the order after tasks came back that had been finished, or might have been overtaken.
    func restore(_ sequences: Set<String>) throws -> Bool {
        let hasNext = try advance(sequences)
        try connection.executeEach(
            """
            UPDATE tasks SET state = 'waiting'
            WHERE \(column) = $1 AND state = 'ready'
                AND EXISTS (SELECT 1 FROM tasks AS other WHERE other.\(column) = $1
                    AND other.state IN ('ready', 'running', 'stuck')
                    AND (other.state = 'running' OR other.task_id < tasks.task_id))
            """, parameters(sequences))
        return hasNext
    }

    private func parameters(_ sequences: Set<String>) -> [[SQLValue]] { sequences.sorted().map { [.text($0)] } }
}

extension TaskRepository {
    /// Keeps other writers from staging or ending tasks of the same sequences until this transaction ends.
    func takeSequences(of tasks: [QueuedTask], at instant: Instant) throws {
        guard let tag = schema.sequence else { return }
        try takeSequences(tasks.compactMap { $0.tags[tag] }, at: instant)
    }

    func takeSequences(_ values: [String], at instant: Instant) throws {
        try connection.takeTurns(values.map { "sequence:\($0)" }, at: instant)
    }

    /// Gives the turn of tasks that have ended to the next ones.
    func advanceSequences(of tasks: [QueuedTask]) throws { try settle(tasks) { try $0.advance($1) } }

    /// Restores the order around tasks that can be claimed again.
    func restoreSequences(of tasks: [QueuedTask]) throws { try settle(tasks) { try $0.restore($1) } }

    private func settle(_ tasks: [QueuedTask], _ body: (TaskSequence, Set<String>) throws -> Bool) throws {
        guard let tag = schema.sequence, let sequence = TaskSequence(connection, schema) else { return }
        let values = Set(tasks.compactMap { $0.tags[tag] })
        if try !values.isEmpty && body(sequence, values) { didMakeDue() }
    }

    /// For a waiting task, the oldest unfinished or stuck one of its sequence.
    func predecessor(of task: QueuedTask, at now: Instant) throws -> QueuedTask? {
        guard let tag = schema.sequence, let value = task.tags[tag], task.state == .waiting else { return nil }
        // One lookup for each state: together they would be read to the end.
        return try ["ready", "running", "stuck", "waiting"].compactMap { state in
            try connection.query(
                "SELECT * FROM tasks WHERE \(tag.name) = $1 AND state = '\(state)' ORDER BY task_id LIMIT 1",
                [.text(value)]
            ).first.map { try self.task($0, now: now) }
        }.filter { $0.taskID < task.taskID }.min { $0.taskID < $1.taskID }
    }
}
