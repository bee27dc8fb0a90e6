import Synchronization

/// Runs tasks on the thread that asks for it, one job after the other, until none can go on.
///
/// A task started with it as its executor preference, and its child tasks, run nowhere else (SE-0417).
final class RunLoop: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
    }

    /// Returns when every task has ended or waits for something that only the caller can bring about.
    func drain() {
        while true {
            let ready = jobs.withLock { jobs in
                defer { jobs.removeAll(keepingCapacity: true) }
                return jobs
            }
            if ready.isEmpty { return }
            for job in ready { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }
}
