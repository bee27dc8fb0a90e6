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

    package init(_ situation: TaskSituation) {
        let (task, policy, now) = (situation.task, situation.policy, situation.now)
        let id = task.taskID
        let failing = Self.failing(situation)
        let requeue = situation.freshRequeue
        switch task.state {
        case .scheduled where requeue != nil:
            why = "\(requeue.map { Self.describe("requeued", $0) } ?? ""), it waits until \(task.nextAttemptAt.rfc3339)"
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
                (requeue.map { Self.describe("requeued", $0) + ", " } ?? "")
                + "due since \(task.nextAttemptAt.rfc3339) (\(seconds) s) and not claimed by a worker"
            helps = ["qrpay work, or find out why the running workers do not claim it"]
        case .waiting:
            let older = situation.waitsFor.map { "task \($0.taskID), which is \($0.state.rawValue)" }
            why = "it waits for \(older ?? "an older task")"
            helps = situation.waitsFor.map { ["qrpay task why \($0.taskID)"] } ?? ["nothing needs to be done"]
        case .running:
            (why, helps) = Self.running(task, isHolderDead: situation.isHolderDead, now: now)
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
            (why, helps) = Self.canceled(task, by: situation.changes.last { $0.action == .cancel })
        case .done:
            why = "done since \(task.stateAt.rfc3339)"
            helps = ["nothing needs to be done"]
        }
        if let failing {
            why += requeue == nil ? "; \(failing)" : "; before that, \(failing)"
            if task.state == .scheduled, let message = task.errorMessage { why += " (\(message))" }
        }
        if let pause = situation.pause, !task.state.isFinal {
            why +=
                "; \(task.kind.rawValue) is paused by \(pause.pausedBy) since \(pause.pausedAt.rfc3339)"
                + Self.because(pause.reason)
            helps.insert("qrpay task resume \(task.kind.rawValue)", at: 0)
        }
        if let requeue {
            helps.append(Self.undoing(requeue))
        } else if let earlier = situation.changes.last(where: { $0.action == .requeue }), !task.state.isFinal {
            helps.append(
                "it was requeued at \(earlier.at.rfc3339) by \(earlier.request.actor) before: "
                    + "is the cause still there?")
        }
        isSafeToRequeue = situation.isSafeToRequeue
        safety = Self.safety(task)
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
        "\(verb) at \(change.at.rfc3339) by \(change.request.actor)" + because(change.request.reason)
    }

    private static func undoing(_ change: TaskChange) -> String {
        "qrpay task requeue --undo \(change.request.batch): as it was before, and all of that batch"
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
