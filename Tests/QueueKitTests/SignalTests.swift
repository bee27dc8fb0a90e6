import QueueKit
import Synchronization
import Testing

@Suite struct SignalTests {
    private final class Flag: Sendable {
        private let value = Atomic(false)

        var isSet: Bool { value.load(ordering: .sequentiallyConsistent) }
        func set() { value.store(true, ordering: .sequentiallyConsistent) }
    }

    @Test func `a notification before the wait is kept once`() async throws {
        let signal = Signal()
        signal.notify()
        signal.notify()
        try await signal.wait { try await Self.untilCanceled() }
        let timer = Flag()
        try await signal.wait { timer.set() }
        #expect(timer.isSet)
    }

    @Test func `a notification ends the wait`() async throws {
        let signal = Signal()
        try await signal.wait {
            signal.notify()
            try await Self.untilCanceled()
        }
    }

    /// A loop that waited once in vain must not find a notification in every later wait.
    @Test func `without a notification the timer ends the wait`() async throws {
        let signal = Signal()
        try await signal.wait {}
        let rung = Flag()
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let waiting = Task {
            try await signal.wait {
                start.finish()
                try await Self.untilCanceled()
            }
            return rung.isSet
        }
        for await _ in started {}
        for _ in 0..<1000 { await Task.yield() }
        rung.set()
        signal.notify()
        let wasRung = try await waiting.value
        #expect(wasRung)
    }

    @Test func `cancellation ends the wait`() async throws {
        let signal = Signal()
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            try await signal.wait {
                start.finish()
                try await Self.untilCanceled()
            }
        }
        for await _ in started {}
        task.cancel()
        _ = await task.result
        // And the signal still works.
        signal.notify()
        try await signal.wait { try await Self.untilCanceled() }
    }

    private static func untilCanceled() async throws {
        let (never, end) = AsyncStream.makeStream(of: Void.self)
        for await _ in never {}
        end.finish()
        try Task.checkCancellation()
    }
}
