import Dispatch
import SQLKit
import Synchronization

/// Carries rows from the body that reads one store to the body that writes another, each on a thread of its own.
///
/// Either side blocks until the other has caught up, so neither may run on a thread of the cooperative pool.
final class CopyPipe: Sendable {
    enum Item: Sendable {
        /// Rows of a table, by its place.
        case rows(table: Int, [[SQLValue]])
        /// All rows were sent; what they were, by table.
        case end([TableDigest])
    }

    private struct State {
        var items: [Item] = []
        var failure: (any Error)?
        var claims: Set<Side> = []
    }

    enum Side { case source, target }

    private static let limit = 4
    // Made with 0 and raised: a semaphore must not end below the value that it was made with.
    private let free = DispatchSemaphore(value: 0)
    private let filled = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let state = Mutex(State())

    init() { for _ in 0..<Self.limit { free.signal() } }

    /// - Throws: why the copy has failed; when a body runs a second time, for which the rows are gone.
    func claim(_ side: Side) throws {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            guard state.claims.insert(side).inserted else {
                throw SQLError(code: .busy, message: "the copy was interrupted; run it again")
            }
        }
    }

    /// Blocks while the other side is behind.
    func send(_ item: Item) throws {
        free.wait()
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            state.items.append(item)
        }
        filled.signal()
    }

    /// Blocks until there is something.
    func receive() throws -> Item {
        filled.wait()
        let item = try state.withLock { state in
            if let failure = state.failure { throw failure }
            return state.items.removeFirst()
        }
        free.signal()
        return item
    }

    /// Blocks until the other side has committed.
    func waitUntilWritten() throws {
        ended.wait()
        try state.withLock { state in if let failure = state.failure { throw failure } }
    }

    func setWritten() { ended.signal() }

    /// Ends both sides.
    func fail(_ error: any Error) {
        state.withLock { $0.failure = $0.failure ?? error }
        for semaphore in [free, filled, ended] { semaphore.signal() }
    }
}
