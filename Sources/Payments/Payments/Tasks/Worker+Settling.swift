import PaymentCore
import WorldKit

/// The consequences of an attempt's outcome, within the caller's transaction.
extension Worker {
    func settle(_ run: Run, at now: Instant, in transaction: StoreTransaction) throws -> Attempt {
        switch run.result {
        case .outcome(.done):
            let isHeld = try transaction.tasks.finish(run.task, at: now)
            return Attempt(task: run.task, at: now, ending: isHeld ? .done : .leaseLost)
        case .outcome(.notYet(let reason, let latest)):
            var dueAt = next(after: run.task, isNotYet: true, at: now)
            if let latest, let due = dueAt, now < latest { dueAt = min(due, latest) }
            return try postpone(
                run.task, until: dueAt, isPoll: true, AttemptClass.notYet, reason, at: now, in: transaction)
        case .outcome(.at(let instant)):
            return try postpone(
                run.task, until: instant, isPoll: true, AttemptClass.notDue, "nothing to do before that", at: now,
                in: transaction)
        case .failure(let problem):
            // Asking again does not resolve a contradiction: an operator has to examine it.
            let isContradiction = problem.code == Problem.partnerContradiction
            var attempt = try postpone(
                run.task, until: isContradiction ? nil : next(after: run.task, isNotYet: false, at: now), isPoll: false,
                problem.code, problem.message, at: now, in: transaction)
            attempt.problem = problem
            if isContradiction, case .stuck = attempt.ending, let orderID = run.task.orderID {
                try transaction.journal.append(
                    JournalEntry(
                        at: now, orderID: orderID, event: .partnerContradiction, actor: .worker,
                        detail: ["task_id": "\(run.task.taskID)", "message": problem.message]))
            }
            return attempt
        case .interrupted:
            // Not the task's fault; the next worker continues it immediately.
            return try postpone(
                run.task, until: now, isPoll: false, AttemptClass.interrupted,
                "the worker was stopped before the attempt ended", at: now, in: transaction)
        }
    }

    /// Makes the tasks of workers whose lease has expired ready again; each counts as an attempt.
    ///
    /// The first loss is attributed to the worker, and the task is due immediately. The second in a row may be caused
    /// by the task: it backs off, and becomes stuck when its attempts are used up.
    func rescue(at now: Instant, in transaction: StoreTransaction) throws {
        for task in try transaction.tasks.lapsed(at: now, limit: Self.rescuesAtOnce) {
            let next = next(after: task, isNotYet: false, at: now)
            let isFirstLoss = task.errorClass != AttemptClass.workerLost
            _ = try transaction.tasks.postpone(
                task, until: isFirstLoss ? next.map { _ in now } : next, isPoll: false,
                errorClass: AttemptClass.workerLost, message: "the worker died, or did not finish within its lease",
                worker: task.leasedBy ?? "", at: now)
        }
    }

    private static let rescuesAtOnce = 1000

    /// When the policy schedules the next attempt; nil for none.
    private func next(after task: QueuedTask, isNotYet: Bool, at now: Instant) -> Instant? {
        let random = services.world.randomBytes(2).reduce(0) { $0 * 256 + Double($1) } / 65535
        return services.settings.retryPolicy(task.kind).delay(
            attempts: task.attempts, polls: task.polls + (isNotYet ? 1 : 0), isNotYet: isNotYet, random: random
        ).map { now.advanced(bySeconds: $0) }
    }

    private func postpone(
        _ task: QueuedTask, until dueAt: Instant?, isPoll: Bool, _ errorClass: String, _ message: String,
        at now: Instant, in transaction: StoreTransaction
    ) throws -> Attempt {
        let isHeld = try transaction.tasks.postpone(
            task, until: dueAt, isPoll: isPoll, errorClass: errorClass, message: message, worker: processes.own, at: now
        )
        guard isHeld else { return Attempt(task: task, at: now, ending: .leaseLost, message: message) }
        let ending: Attempt.Ending =
            dueAt.map { .postponed(until: $0, errorClass: errorClass) } ?? .stuck(errorClass: errorClass)
        return Attempt(task: task, at: now, ending: ending, message: message)
    }
}
