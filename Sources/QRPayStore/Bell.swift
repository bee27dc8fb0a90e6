/// Tells one waiting loop of this process that there is something to do.
///
/// A ring while nobody waits is kept, once, for the next who does.
package struct Bell: Sendable {
    private let rings: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    package init() {
        (rings, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package func ring() { continuation.yield() }

    /// Returns when it rings, or when `timer` does; throws what `timer` throws.
    package func wait(orUntil timer: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(operation: timer)
            group.addTask { for await _ in rings { return } }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
