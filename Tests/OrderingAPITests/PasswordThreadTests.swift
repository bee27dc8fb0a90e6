import Dispatch
import Synchronization
import Testing

@testable import Ordering

/// Deriving keys away from the threads that run tasks.
@Suite struct PasswordThreadTests {
    /// Holds a thread until it is opened.
    private final class Barrier: Sendable {
        private let semaphore = DispatchSemaphore(value: 0)
        func pass() { semaphore.wait() }
        func open(_ count: Int) { for _ in 0..<count { semaphore.signal() } }
    }

    private final class Counts: Sendable {
        private let state = Mutex((running: 0, most: 0))

        var most: Int { state.withLock { $0.most } }
        func begin() { state.withLock { $0 = ($0.running + 1, max($0.most, $0.running + 1)) } }
        func end() { state.withLock { $0.running -= 1 } }
    }

    @Test func `what is beyond the capacity is refused, and room is made again`() async throws {
        let threads = PasswordThreads(count: 2, capacity: 4)
        let barrier = Barrier()
        let counts = Counts()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    do {
                        try await threads.run {
                            counts.begin()
                            barrier.pass()
                            counts.end()
                        }
                        return true
                    } catch is PasswordThreads.Busy { return false }
                }
            }
            // The four that are refused come back first, because the others are held.
            for _ in 0..<4 {
                let wasRun = try await group.next()
                #expect(wasRun == false)
            }
            barrier.open(4)
            for _ in 0..<4 {
                let wasRun = try await group.next()
                #expect(wasRun == true)
            }
        }
        #expect(counts.most <= 2)
        barrier.open(1)
        try await threads.run { barrier.pass() }
    }

    @Test func `an error comes back`() async {
        struct Failed: Error {}
        await #expect(throws: Failed.self) { try await PasswordThreads().run { throw Failed() } }
    }
}
