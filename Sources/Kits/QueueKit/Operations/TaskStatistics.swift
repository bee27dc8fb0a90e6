package import WorldKit

/// The state of the queue at a glance.
package struct TaskStatistics: Sendable {
    /// Beyond these, a task is overdue.
    package struct Limits: Hashable, Sendable {
        package var attempts: Int
        package var ageSeconds: Double

        package init(attempts: Int, ageSeconds: Double) {
            self.attempts = attempts
            self.ageSeconds = ageSeconds
        }
    }

    /// The longest window, a day.
    package static let windowSeconds = 86_400.0

    /// Unfinished tasks by kind, state and last error, measured against the limits.
    package var unfinished: [UnfinishedTasks]
    package var pauses: [TaskPause]
    package var doneLastMinute: [TaskKind: Int]
    package var doneLastHour: [TaskKind: Int]
    package var doneLastDay: [TaskKind: Int]
    package var stagingFailures: TaskFigures.StagingFailures

    /// - Parameter kinds: whose throughput is counted.
    package init(of kinds: [TaskKind], in tasks: TaskRepository, limits: Limits, at now: Instant) throws {
        let figures = TaskFigures(tasks)
        let windows = [60, 3600, Self.windowSeconds].map { now.advanced(bySeconds: -$0) }
        let done = try kinds.map { ($0, try figures.done($0, since: windows)) }
        func count(_ window: Int) -> [TaskKind: Int] {
            Dictionary(uniqueKeysWithValues: done.map { ($0, $1[window]) })
        }
        unfinished = try figures.unfinished(
            at: now, attempts: limits.attempts, since: now.advanced(bySeconds: -limits.ageSeconds))
        pauses = try tasks.pausesInForce()
        doneLastMinute = count(0)
        doneLastHour = count(1)
        doneLastDay = count(2)
        stagingFailures = try figures.stagingFailures(since: windows[2])
    }
}

// MARK: - Views of what is unfinished

extension TaskStatistics {
    /// By kind and state alone.
    package var depths: [UnfinishedTasks] { unfinished.merged { "\($0.kind) \($0.state)" } }

    /// By last error, most frequent first; tasks without an error, or that only wait, are left out.
    package var errors: [UnfinishedTasks] {
        unfinished.filter(\.isFailing).merged { $0.errorClass ?? "" }
            .sorted { ($1.count, $0.errorClass ?? "") < ($0.count, $1.errorClass ?? "") }
    }

    package var beyondAttempts: [TaskKind: Int] { unfinished.counts(\.overAttempts) }
    package var beyondAge: [TaskKind: Int] { unfinished.counts(\.overAge) }
}

extension UnfinishedTasks {
    /// Whether their last attempt failed.
    package var isFailing: Bool { errorClass.map { !AttemptClass.waiting.contains($0) } ?? false }
}

extension [UnfinishedTasks] {
    /// Groups with the same name merged, at the position of the first.
    fileprivate func merged(_ name: (UnfinishedTasks) -> String) -> [UnfinishedTasks] {
        reduce(into: (places: [String: Int](), all: [UnfinishedTasks]())) { merged, tasks in
            guard let place = merged.places[name(tasks)] else {
                merged.places[name(tasks)] = merged.all.count
                merged.all.append(tasks)
                return
            }
            var sum = merged.all[place]
            sum.count += tasks.count
            sum.firstDue = Swift.min(sum.firstDue, tasks.firstDue)
            sum.firstTouched = Swift.min(sum.firstTouched, tasks.firstTouched)
            sum.oldest = Swift.min(sum.oldest, tasks.oldest)
            sum.attempts = Swift.max(sum.attempts, tasks.attempts)
            merged.all[place] = sum
        }.all
    }

    /// A count by kind, without zero counts.
    package func counts(_ count: KeyPath<UnfinishedTasks, Int>) -> [TaskKind: Int] {
        reduce(into: [:]) { counts, tasks in
            if tasks[keyPath: count] > 0 { counts[tasks.kind, default: 0] += tasks[keyPath: count] }
        }
    }
}
