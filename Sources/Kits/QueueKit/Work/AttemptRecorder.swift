import WorldKit

/// Records how attempts ended, within the caller's transaction: a few statements for any number of attempts.
struct AttemptRecorder {
    let queue: TaskQueue
    let worker: String
    let jitter: Jitter

    func record(_ runs: [Worker.Run], at now: Instant, in tasks: TaskRepository) throws -> [Worker.Attempt] {
        var attempts = runs.map { Worker.Attempt(task: $0.task, at: now, ending: .done) }
        let done = runs.indices.filter { runs[$0].isDone }
        for (place, isHeld) in zip(done, try tasks.finish(done.map { runs[$0].task }, at: now)) where !isHeld {
            attempts[place].ending = .leaseLost
        }
        let unfinished = runs.indices.filter { !runs[$0].isDone }
        let postponements = unfinished.enumerated().map {
            postponement(of: runs[$1], at: now, random: jitter[$0])
        }
        let isHeld = try tasks.postpone(postponements, at: now)
        for ((place, postponement), isHeld) in zip(zip(unfinished, postponements), isHeld) {
            attempts[place].message = postponement.message
            attempts[place].ending =
                !isHeld
                ? .leaseLost
                : postponement.dueAt.map { .postponed(until: $0, errorClass: postponement.errorClass) }
                    ?? .stuck(errorClass: postponement.errorClass)
            guard case .failure(let error) = runs[place].result else { continue }
            attempts[place].error = error
            let failure = queue.registry.failure(error)
            if isHeld, failure.needsOperator {
                try queue.registry.record(
                    .needsOperator(failure), [TaskReference(runs[place].task)], now, tasks.connection)
            }
        }
        return attempts
    }

    private func postponement(
        of run: Worker.Run, at now: Instant, random: Double
    ) -> TaskRepository.Postponement {
        let task = run.task
        func until(_ dueAt: Instant?, isPoll: Bool, _ errorClass: String, _ message: String)
            -> TaskRepository.Postponement
        {
            TaskRepository.Postponement(
                task, until: dueAt, isPoll: isPoll, errorClass: errorClass, message: message, worker: worker)
        }
        switch run.result {
        case .outcome(.notYet(let reason, let latest)):
            var dueAt = queue.nextAttempt(after: task, isNotYet: true, at: now, random: random)
            if let latest, let due = dueAt, now < latest { dueAt = min(due, latest) }
            return until(dueAt, isPoll: true, AttemptClass.notYet, reason)
        case .outcome(.at(let instant)):
            return until(instant, isPoll: true, AttemptClass.notDue, "nothing to do before that")
        case .failure(let error):
            let failure = queue.registry.failure(error)
            let next =
                failure.needsOperator
                ? nil : queue.nextAttempt(after: task, isNotYet: false, at: now, random: random)
            return until(next, isPoll: false, failure.errorClass, failure.message)
        case .interrupted, .outcome(.done):
            // Not the task's fault; the next worker continues it immediately.
            return until(
                now, isPoll: false, AttemptClass.interrupted, "the worker was stopped before the attempt ended")
        }
    }
}
