import PaymentCore
import QueueKit

extension Problem {
    init(_ error: TaskError) {
        switch error {
        case .notFound(let id):
            self.init(.notFound, "task_not_found", "task \(id) not found", next: .listTasks)
        case .badPayload(let kind, let key):
            self.init(.defect, "bad_payload", "\(kind.rawValue) \(key): its arguments are invalid")
        case .emptyFilter:
            self.init(
                .invalid, "empty_filter", "no filter given, which would select every task",
                next: .narrowFilter)
        case .cannotRun(let task):
            let holder = task.leasedBy.map { " at \(WorkerName.prose($0))" } ?? ""
            self.init(
                .conflict, "state_forbids",
                "task \(task.taskID): cannot run a task that is \(task.state.rawValue)\(holder)",
                next: .explainTask(task.taskID))
        case .otherScope(let expected, let found):
            self.init(
                .conflict, "scope_changed",
                "the tasks to change are not those shown before: the digest is \(found), not \(expected)",
                next: .reviewTasks)
        case .noSuchBatch(let batch):
            self.init(
                .notFound, "batch_not_found", "batch \(batch) not found", next: .findBatch)
        case .noHandler(let kind):
            self.init(
                .defect, "no_handler", "\(kind.rawValue): this release cannot run tasks of this kind",
                next: .updateWorkers)
        case .notPaused(let kind):
            self.init(.conflict, "not_paused", "\(kind.rawValue) is not paused", next: .showTaskStatistics)
        }
    }

    init(_ error: PartialChange) {
        self.init(error.cause)
        message += "; before that, \(error.done) of \(error.total) tasks were \(error.past), batch \(error.batch)"
        nextStep = nextStep ?? .undoBatch(error.batch)
    }
}
