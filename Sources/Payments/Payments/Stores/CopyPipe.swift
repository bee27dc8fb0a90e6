import Dispatch
import SQLKit
import Synchronization

/// Carries rows from the body that reads one store to the body that writes another, each on a separate thread.
///
/// Each side blocks until the other has caught up, so neither may run on a thread of the cooperative pool.
final class CopyPipe: Sendable {
    enum Item: Sendable {
        /// Rows of a table, which is given by its index.
        case rows(table: Int, [[SQLValue]])
        /// All rows were sent; the digest of each table.
        case end([TableDigest])
    }

    private struct State {
        var items: [Item] = []
        var failure: (any Error)?
        var claims: Set<Side> = []
    }

    enum Side { case source, target }

    private static let limit = 4
    // Created with 0 and then raised: a semaphore must not be destroyed below its initial value.
    private let free = DispatchSemaphore(value: 0)
    private let filled = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let state = Mutex(State())

    init() { for _ in 0..<Self.limit { free.signal() } }

    /// - Throws: the error that ended the copy; an error when a body runs a second time, because its rows are gone.
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

    /// Blocks until an item arrives.
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

    /// Makes both sides fail.
    func fail(_ error: any Error) {
        state.withLock { $0.failure = $0.failure ?? error }
        for semaphore in [free, filled, ended] { semaphore.signal() }
    }
}
