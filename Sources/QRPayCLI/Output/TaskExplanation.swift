import EncodingKit
import PaymentCore
import Payments
package import QueueKit
import WorldKit

/// Why a task is in its state, what would help, and whether it is safe to requeue, in sentences for an operator on
/// call.
package struct TaskExplanation: Hashable {
    /// One sentence.
    package private(set) var why: String
    package private(set) var helps: [String]
    package let isSafeToRequeue: Bool
    package let safety: String
    /// - Parameter commands: how the operator acts on the task.
    package init(_ situation: TaskSituation, _ commands: TaskCommands = .tasks) {
        (why, helps) = Self.state(situation, commands)
        isSafeToRequeue = situation.isSafeToRequeue
        safety = Self.safety(situation.task)
        addFailures(situation)
        addPause(situation, commands)
        addRequeue(situation, commands)
    }

    // MARK: What is added to the state

    private mutating func addFailures(_ situation: TaskSituation) {
        guard let failing = Self.failing(situation) else { return }
        why += situation.freshRequeue == nil ? "; \(failing)" : "; before that, \(failing)"
        if situation.task.state == .scheduled, let message = situation.task.errorMessage { why += " (\(message))" }
    }

    private mutating func addPause(_ situation: TaskSituation, _ commands: TaskCommands) {
        guard let pause = situation.pause, !situation.task.state.isFinal else { return }
        let kind = situation.task.kind.rawValue
        why += "; \(kind) is paused by \(pause.pausedBy) since \(pause.pausedAt.rfc3339)" + Self.because(pause.reason)
        if let resume = commands.resume { helps.insert(resume(kind), at: 0) }
    }

    private mutating func addRequeue(_ situation: TaskSituation, _ commands: TaskCommands) {
        if let requeue = situation.freshRequeue {
            if let undo = commands.undo { helps.append(undo(requeue.request.batch)) }
        } else if let earlier = situation.changes.last(where: { $0.action == .requeue }),
            !situation.task.state.isFinal
        {
            helps.append(
                "it was requeued at \(earlier.at.rfc3339) by \(earlier.request.actor) before: "
                    + "is the cause still there?")
        }
    }

    // MARK: States

    private static func state(
        _ situation: TaskSituation, _ commands: TaskCommands
    ) -> (why: String, helps: [String]) {
        let task = situation.task
        switch task.state {
        case .scheduled: return scheduled(situation, commands)
        case .ready:
            let seconds = Int(situation.now.seconds(since: task.nextAttemptAt))
            return (
                (situation.freshRequeue.map { describe("requeued", $0) + ", " } ?? "")
                    + "due since \(task.nextAttemptAt.rfc3339) (\(seconds) s) and not claimed by a worker",
                ["\(commands.work), or find out why the running workers do not claim it"]
            )
        case .waiting:
            let older = situation.waitsFor
            return (
                "it waits for "
                    + (older.map { "\(commands.name($0.taskID)), which is \($0.state.rawValue)" } ?? "an older task"),
                older.map { [commands.why($0.taskID)] } ?? ["nothing needs to be done"]
            )
        case .running: return running(task, isHolderDead: situation.isHolderDead, now: situation.now, commands)
        case .stuck: return stuck(task, situation.policy, commands)
        case .canceled: return canceled(task, by: situation.changes.last { $0.action == .cancel }, commands)
        case .done: return ("done since \(task.stateAt.rfc3339)", ["nothing needs to be done"])
        }
    }

    private static func scheduled(_ situation: TaskSituation, _ commands: TaskCommands) -> (String, [String]) {
        let (task, policy) = (situation.task, situation.policy)
        let due = task.nextAttemptAt.rfc3339
        let run = [commands.run?(task.taskID)].compactMap(\.self)
        if let requeue = situation.freshRequeue {
            return ("\(describe("requeued", requeue)), it waits until \(due)", ["nothing needs to be done"] + run)
        }
        if failing(situation) == nil {
            return ("it waits until \(due)" + waiting(task, policy), ["nothing needs to be done"])
        }
        let attempt = commands.countsAttempts ? allowed(task, "", policy) : "\(task.attempts)"
        return (
            "attempt \(attempt) failed, and the next is not due until \(due)",
            ["it is retried automatically"] + run
        )
    }

    private static func stuck(
        _ task: QueuedTask, _ policy: RetryPolicy, _ commands: TaskCommands
    ) -> (String, [String]) {
        let last = (task.errorClass ?? "no reason") + (task.errorMessage.map { ": \($0)" } ?? "")
        var helps = ["once the cause is gone: \(commands.requeue(task.taskID))"]
        if let run = commands.run { helps.append(run(task.taskID)) }
        if task.errorClass == Problem.partnerContradiction {
            helps.insert("ask the partner which of its answers is true, and settle any difference manually", at: 0)
        }
        let attempts =
            commands.countsAttempts ? allowed(task, " attempts", policy) : task.attempts.counted("attempt")
        return ("it gave up at \(task.stateAt.rfc3339) after \(attempts), the last with \(last)", helps)
    }

    private static func running(
        _ task: QueuedTask, isHolderDead: Bool, now: Instant, _ commands: TaskCommands
    ) -> (String, [String]) {
        let holder = WorkerName.prose(task.leasedBy)
        let expiry = task.leaseExpiresAt ?? now
        let begun = "attempt \(task.attempts), begun at \(task.stateAt.rfc3339), is leased by \(holder)"
        if isHolderDead || expiry <= now {
            let trouble = isHolderDead ? ", which is dead" : ", and the lease expired at \(expiry.rfc3339)"
            return (begun + trouble, ["the next worker to poll continues it: '\(commands.work)', if none runs"])
        }
        return (
            "\(begun) until \(expiry.rfc3339)",
            ["wait: if that worker dies, the lease expires and another worker continues the task"]
        )
    }

    private static func canceled(
        _ task: QueuedTask, by cancel: TaskChange?, _ commands: TaskCommands
    ) -> (String, [String]) {
        var why = "it was canceled at \(task.stateAt.rfc3339)"
        var helps = ["to run it after all: \(commands.requeue(task.taskID))"]
        if let cancel {
            let last = cancel.before.errorClass.map { ", the last with \($0)" } ?? ""
            why =
                "\(describe("canceled", cancel)); it was \(cancel.before.state) after "
                + cancel.before.attempts.counted("attempt") + last
            if let undo = commands.undo { helps.append(undo(cancel.request.batch)) }
        }
        if let risk = task.kind.riskOfCanceling { why += "; while it is canceled, \(risk)" }
        return (why, helps)
    }

    // MARK: Parts

    /// `3 of 4 attempts`; running a task by hand may exceed its policy's limit.
    private static func allowed(_ task: QueuedTask, _ noun: String, _ policy: RetryPolicy) -> String {
        task.attempts <= policy.maxAttempts
            ? "\(task.attempts) of \(policy.maxAttempts)\(noun)"
            : "\(task.attempts)\(noun) (\(policy.maxAttempts) allowed)"
    }

    /// `canceled at … by … because: …`
    private static func describe(_ verb: String, _ change: TaskChange) -> String {
        "\(verb) at \(change.at.rfc3339) by \(change.request.actor)" + because(change.request.reason)
    }

    private static func because(_ reason: String) -> String { reason.isEmpty ? "" : " because: \(reason)" }

    /// How it fails, and with how many others; nil when the last attempt was not a failure.
    private static func failing(_ situation: TaskSituation) -> String? {
        guard situation.isFailing, let errorClass = situation.task.errorClass, let since = situation.failingSince
        else { return nil }
        let often = situation.failures == 1 ? "once," : "\(situation.failures) times in a row since"
        var text = "\(errorClass) \(often) \(since.rfc3339)"
        if situation.alike > 0 { text += ", like \(situation.alike.counted("other task")) of its kind" }
        if let lastDone = situation.lastDone {
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

    private static func safety(_ task: QueuedTask) -> String {
        switch task.state {
        case .running: "no: it is running; a requeue would leave it alone"
        case .done: "no: it is done; a requeue would leave it alone"
        case .waiting: "no: it waits for an older task; a requeue would leave it alone"
        case .scheduled, .ready:
            "yes: its effects are keyed and happen once, and it would only start a fresh set of attempts"
        case .stuck, .canceled: "yes: its effects are keyed and happen once, and its history is kept"
        }
    }
}

/// How an operator is told to look at a task and to act on it.
package struct TaskCommands: Sendable {
    /// `task 17`
    var name: @Sendable (Int64) -> String
    var why: @Sendable (Int64) -> String
    var requeue: @Sendable (Int64) -> String
    /// Runs due tasks.
    var work: String
    /// Tries one now, with what that does; nil where that is not possible.
    var run: (@Sendable (Int64) -> String)?
    /// Ends the pause of a kind.
    var resume: (@Sendable (_ kind: String) -> String)?
    /// Reverts a batch of changes.
    var undo: (@Sendable (_ batch: String) -> String)?
    /// Whether the policy's number of attempts is what makes a task stuck.
    var countsAttempts = true

    /// For the tasks of payments.
    package static let tasks = TaskCommands(
        name: { "task \($0)" }, why: { "qrpay task why \($0)" }, requeue: { "qrpay task requeue \($0)" },
        work: "qrpay work", run: { "qrpay task run \($0): try now" }, resume: { "qrpay task resume \($0)" },
        undo: { "qrpay task requeue --undo \($0): as it was before, and all of that batch" })
}
