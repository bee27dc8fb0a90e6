import EncodingKit
package import PaymentCore
import WorldKit

/// Why a task is in its state, what would help, and whether it is safe to requeue, in sentences for an operator on
/// call.
package struct TaskExplanation: Hashable, Sendable {
    /// One sentence.
    package var why: String
    package var helps: [String]
    /// Whether a requeue is harmless now.
    package var isSafeToRequeue: Bool
    package var safety: String

    /// What is known beyond the task itself.
    struct Surroundings {
        var pause: TaskPause?
        /// The number of most recent attempts in a row that failed with the task's error.
        var failingSince: Instant?
        var failures: Int
        /// Other unfinished tasks of the kind that failed with the same error.
        var alike: Int
        /// When a task of the kind last succeeded.
        var lastDone: Instant?
        /// Its requeues and cancellations that were not undone, oldest first.
        var changes: [TaskChange]
        /// Whether the worker that leases it is known to be dead.
        var isHolderDead: Bool

        /// The last requeue, when there was no attempt since.
        func freshRequeue(of task: QueuedTask) -> TaskChange? {
            guard task.attempts == 0, let last = changes.last, last.action == .requeue else { return nil }
            return last
        }
    }

    init(_ task: QueuedTask, _ surroundings: Surroundings, policy: RetryPolicy, now: Instant) {
        let id = task.taskID
        let failing = Self.failing(task, surroundings)
        let push = surroundings.freshRequeue(of: task)
        switch task.state {
        case .scheduled where push != nil:
            why = "\(push.map { Self.describe("requeued", $0) } ?? ""), it waits until \(task.nextAttemptAt.rfc3339)"
            helps = ["nothing needs to be done", "qrpay task run \(id): try now"]
        case .scheduled where failing == nil:
            why = "it waits until \(task.nextAttemptAt.rfc3339)" + Self.waiting(task, policy)
            helps = ["nothing needs to be done"]
        case .scheduled:
            why =
                "attempt \(Self.allowed(task, "", policy)) failed, and the next is not due until "
                + "\(task.nextAttemptAt.rfc3339)"
            helps = ["it is retried automatically", "qrpay task run \(id): try now"]
        case .ready:
            let seconds = Int(now.seconds(since: task.nextAttemptAt))
            why =
                (push.map { Self.describe("requeued", $0) + ", " } ?? "")
                + "due since \(task.nextAttemptAt.rfc3339) (\(seconds) s) and not claimed by a worker"
            helps = ["qrpay work, or find out why the running workers do not claim it"]
        case .running:
            (why, helps) = Self.running(task, isHolderDead: surroundings.isHolderDead, now: now)
        case .stuck:
            let last = task.errorClass ?? "no reason"
            why =
                "it gave up at \(task.stateAt.rfc3339) after \(Self.allowed(task, " attempts", policy)), the last "
                + "with \(last)" + (task.errorMessage.map { ": \($0)" } ?? "")
            helps = ["once the cause is gone: qrpay task requeue \(id)", "qrpay task run \(id): try now"]
            if task.errorClass == Problem.partnerContradiction {
                helps.insert(
                    "ask the partner which of its answers is true, and settle any difference manually", at: 0)
            }
        case .canceled:
            (why, helps) = Self.canceled(task, by: surroundings.changes.last { $0.action == .cancel })
        case .done:
            why = "done since \(task.stateAt.rfc3339)"
            helps = ["nothing needs to be done"]
        }
        if let failing {
            why += push == nil ? "; \(failing)" : "; before that, \(failing)"
            if task.state == .scheduled, let message = task.errorMessage { why += " (\(message))" }
        }
        if let pause = surroundings.pause, !task.state.isFinal {
            why +=
                "; \(task.kind.rawValue) is paused by \(pause.pausedBy.text) since \(pause.pausedAt.rfc3339)"
                + Self.because(pause.reason)
            helps.insert("qrpay task resume \(task.kind.rawValue)", at: 0)
        }
        if let push {
            helps.append(Self.undoing(push))
        } else if let requeue = surroundings.changes.last(where: { $0.action == .requeue }), !task.state.isFinal {
            helps.append(
                "it was requeued at \(requeue.at.rfc3339) by \(requeue.request.actor.text) before: "
                    + "is the cause still there?")
        }
        (isSafeToRequeue, safety) = Self.safety(task)
    }

    // MARK: Parts

    /// `3 of 4 attempts`; running a task by hand may exceed its policy's limit.
    private static func allowed(_ task: QueuedTask, _ noun: String, _ policy: RetryPolicy) -> String {
        task.attempts <= policy.maxAttempts
            ? "\(task.attempts) of \(policy.maxAttempts)\(noun)"
            : "\(task.attempts)\(noun) (\(policy.maxAttempts) allowed)"
    }

    private static func running(_ task: QueuedTask, isHolderDead: Bool, now: Instant) -> (String, [String]) {
        let holder = WorkerName.prose(task.leasedBy)
        let expiry = task.leaseExpiresAt ?? now
        let begun = "attempt \(task.attempts), begun at \(task.stateAt.rfc3339), is leased by \(holder)"
        if isHolderDead || expiry <= now {
            let trouble = isHolderDead ? ", which is dead" : ", and the lease expired at \(expiry.rfc3339)"
            return (begun + trouble, ["the next worker to poll continues it: 'qrpay work', if none runs"])
        }
        return (
            "\(begun) until \(expiry.rfc3339)",
            ["wait: if that worker dies, the lease expires and another worker continues the task"]
        )
    }

    private static func canceled(_ task: QueuedTask, by cancel: TaskChange?) -> (String, [String]) {
        var why = "it was canceled at \(task.stateAt.rfc3339)"
        var helps = ["to run it after all: qrpay task requeue \(task.taskID)"]
        if let cancel {
            let last = cancel.before.errorClass.map { ", the last with \($0)" } ?? ""
            why =
                "\(describe("canceled", cancel)); it was \(cancel.before.state) after "
                + cancel.before.attempts.counted("attempt") + last
            helps.append(undoing(cancel))
        }
        if let risk = task.kind.riskOfCanceling { why += "; while it is canceled, \(risk)" }
        return (why, helps)
    }

    /// `canceled at … by … because: …`
    private static func describe(_ verb: String, _ change: TaskChange) -> String {
        "\(verb) at \(change.at.rfc3339) by \(change.request.actor.text)" + because(change.request.reason)
    }

    private static func undoing(_ change: TaskChange) -> String {
        "qrpay task requeue --undo \(change.request.batch): as it was before, and all of that batch"
    }

    private static func because(_ reason: String) -> String { reason.isEmpty ? "" : " because: \(reason)" }

    /// How it fails, and with how many others; nil when the last attempt was not a failure.
    private static func failing(_ task: QueuedTask, _ surroundings: Surroundings) -> String? {
        guard !task.state.isFinal, let errorClass = task.errorClass, !AttemptClass.waiting.contains(errorClass),
            let since = surroundings.failingSince
        else { return nil }
        let often = surroundings.failures == 1 ? "once," : "\(surroundings.failures) times in a row since"
        var text = "\(errorClass) \(often) \(since.rfc3339)"
        if surroundings.alike > 0 { text += ", like \(surroundings.alike.counted("other task")) of its kind" }
        if let lastDone = surroundings.lastDone {
            text += "; the last success of its kind was at \(lastDone.rfc3339)"
        }
        return text
    }

    private static func waiting(_ task: QueuedTask, _ policy: RetryPolicy) -> String {
        switch task.errorClass {
        case AttemptClass.notYet?:
            ": \(task.errorMessage ?? "the answer is not available yet") "
                + "(poll \(task.polls); backoff begins after \(policy.polls))"
        default: " and has nothing to do before"
        }
    }

    private static func safety(_ task: QueuedTask) -> (Bool, String) {
        switch task.state {
        case .running: (false, "no: it is running; a requeue would leave it alone")
        case .done: (false, "no: it is done; a requeue would leave it alone")
        case .scheduled, .ready:
            (true, "yes: its effects are keyed and happen once, and it would only start a fresh set of attempts")
        case .stuck, .canceled: (true, "yes: its effects are keyed and happen once, and its history is kept")
        }
    }
}

extension Tasks {
    /// - Parameter isAlive: whether a worker may still be running, as far as this machine knows.
    package func explain(
        _ taskID: Int64, isAlive: @escaping @Sendable (_ worker: String) -> Bool = { _ in true }
    ) async throws -> (task: QueuedTask, explanation: TaskExplanation) {
        let now = services.world.now()
        return try await services.store.read { [settings = services.settings] transaction in
            guard let task = try transaction.tasks.task(id: taskID, at: now) else { throw TaskError.notFound(taskID) }
            let attempts = try transaction.tasks.attempts(taskID: taskID)
            let failures = attempts.reversed().prefix { $0.errorClass == task.errorClass }
            var alike = TaskFilter()
            alike.kinds = [task.kind]
            alike.states = [.stuck, .scheduled, .ready]
            alike.errorClass = task.errorClass
            let count = try transaction.tasks.counts(alike, by: .kind, at: now).reduce(0) { $0 + $1.count }
            let surroundings = TaskExplanation.Surroundings(
                pause: try transaction.tasks.pausesInForce().first { $0.kind == task.kind },
                failingSince: failures.last?.at, failures: failures.count,
                alike: task.errorClass == nil ? 0 : max(0, count - (task.state == .running ? 0 : 1)),
                lastDone: try transaction.taskFigures.lastDone(task.kind),
                changes: try transaction.tasks.changes(taskID: taskID).filter { $0.undoneAt == nil },
                isHolderDead: task.leasedBy.map { !isAlive($0) } ?? false)
            let policy = settings.retryPolicy(task.kind)
            return (task, TaskExplanation(task, surroundings, policy: policy, now: now))
        }
    }
}
