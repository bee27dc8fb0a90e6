import Dispatch
import Glibc
import Synchronization

/// Holds jobs until it is released, then runs them in order, which makes concurrent arrival deterministic.
final class HeldExecutor: SerialExecutor {
    private struct State {
        var isHeld = false
        var held: [UnownedJob] = []
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "test.held")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let (runs, reached): (Bool, [CheckedContinuation<Void, Never>]) = state.withLock { state in
            guard state.isHeld else { return (true, []) }
            state.held.append(job)
            let count = state.held.count
            let reached = state.waiters.filter { $0.count <= count }
            state.waiters.removeAll { $0.count <= count }
            return (false, reached.map(\.continuation))
        }
        if runs { run(job) }
        for continuation in reached { continuation.resume() }
    }

    func hold() { state.withLock { $0.isHeld = true } }

    /// Waits until `count` jobs are held.
    func holding(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                guard state.held.count < count else { return true }
                state.waiters.append((count, continuation))
                return false
            }
            if isReached { continuation.resume() }
        }
    }

    func release() {
        // Under the lock, so that no new job overtakes the held ones.
        state.withLock { state in
            state.isHeld = false
            for job in state.held { run(job) }
            state.held = []
        }
    }

    private func run(_ job: UnownedJob) {
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}

/// Runs jobs on one thread that first changes its own state, such as dropping a capability.
///
/// The jobs reach the thread through a pipe; the thread ends when the pipe closes.
final class ThreadExecutor: SerialExecutor {
    private let entrance: Int32
    private let count = Atomic(0)

    /// Number of jobs submitted.
    var jobCount: Int { count.load(ordering: .relaxed) }

    init(prepare: @escaping @Sendable () -> Void = {}) {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "no pipe for a thread's jobs")
        entrance = ends[1]
        let work = Work(exit: ends[0], executor: asUnownedSerialExecutor(), prepare: prepare)
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { work in
                if let work { Unmanaged<Work>.fromOpaque(work).takeRetainedValue().run() }
                return nil
            }, Unmanaged.passRetained(work).toOpaque())
        pthread_detach(thread)
    }

    deinit { close(entrance) }

    func enqueue(_ job: consuming ExecutorJob) {
        count.add(1, ordering: .relaxed)
        withUnsafeBytes(of: UnownedJob(job)) { _ = write(entrance, $0.baseAddress, $0.count) }
    }

    private final class Work {
        private let exit: Int32
        private let executor: UnownedSerialExecutor
        private let prepare: @Sendable () -> Void

        init(exit: Int32, executor: UnownedSerialExecutor, prepare: @escaping @Sendable () -> Void) {
            self.exit = exit
            self.executor = executor
            self.prepare = prepare
        }

        func run() {
            prepare()
            let job = UnsafeMutablePointer<UnownedJob>.allocate(capacity: 1)
            let size = MemoryLayout<UnownedJob>.size
            while read(exit, job, size) == size { job.pointee.runSynchronously(on: executor) }
            job.deallocate()
            close(exit)
        }
    }
}

@_silgen_name("setfsuid") @discardableResult private func setfsuid(_ user: UInt32) -> Int32
@_silgen_name("unshare") private func unshare(_ flags: Int32) -> Int32

extension ThreadExecutor {
    /// A thread that is subject to file permissions even when the tests run as root.
    static func withoutRoot() -> ThreadExecutor {
        ThreadExecutor { if geteuid() == 0 { setfsuid(65_534) } }
    }

    /// Whether threads may have private mounts.
    static let canMount: Bool = {
        let answer = Mutex(false)
        let answered = DispatchSemaphore(value: 0)
        return withExtendedLifetime(
            ThreadExecutor {
                answer.withLock { $0 = leaveNamespace() }
                answered.signal()
            }
        ) {
            answered.wait()
            return answer.withLock(\.self)
        }
    }()

    /// A thread that sees everything under `path` as a read-only medium.
    static func withReadOnlyMedium(at path: String) -> ThreadExecutor {
        ThreadExecutor {
            guard leaveNamespace() else { return }
            mount(path, path, nil, UInt(MS_BIND), nil)
            mount(nil, path, nil, UInt(MS_BIND | MS_REMOUNT | MS_RDONLY), nil)
        }
    }

    /// A thread that sees a private file system of `kilobytes` at `path`.
    static func withSmallDisk(at path: String, kilobytes: Int) -> ThreadExecutor {
        ThreadExecutor {
            guard leaveNamespace() else { return }
            mount("tmpfs", path, "tmpfs", 0, "size=\(kilobytes)k")
        }
    }

    /// Makes later mounts of this thread private.
    private static func leaveNamespace() -> Bool {
        let newNamespace: Int32 = 0x20000
        return unshare(newNamespace) == 0 && mount("none", "/", nil, UInt(MS_REC | MS_PRIVATE), nil) == 0
    }
}

/// Runs closures on an executor.
actor OnExecutor {
    private let executor: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ executor: any SerialExecutor) { self.executor = executor }

    func run<Value: Sendable>(_ body: @Sendable () throws -> Value) rethrows -> Value { try body() }
}

/// Runs tasks on a dedicated thread, which their bodies may block.
final class OwnThread: TaskExecutor {
    private let queue = DispatchQueue(label: "test.own")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Suspends a body until the gate is opened.
final class Gate: Sendable {
    private let entered = AsyncStream<Void>.makeStream()
    private let opened = DispatchSemaphore(value: 0)

    /// For the body: signals its arrival and waits.
    func pass() {
        entered.continuation.yield()
        opened.wait()
    }

    /// For the test: waits until a body has arrived.
    func reached() async {
        for await _ in entered.stream { return }
    }

    func open() { opened.signal() }
}
