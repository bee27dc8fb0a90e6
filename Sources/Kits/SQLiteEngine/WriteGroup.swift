import SQLKit
import Synchronization

/// A write that waits for its turn.
struct PendingWrite: Sendable {
    typealias Delivery = @Sendable () -> Void

    private let cancellation: Cancellation
    private let body: @Sendable (SQLiteConnection) throws -> Delivery
    private let failure: @Sendable (any Error) -> Void

    /// - Parameters:
    ///   - cancellation: set when the caller no longer waits.
    ///   - body: does the work, and returns what tells the caller once it is durable.
    ///   - failure: tells the caller that nothing changed.
    init(
        cancellation: Cancellation, body: @escaping @Sendable (SQLiteConnection) throws -> Delivery,
        failure: @escaping @Sendable (any Error) -> Void
    ) {
        self.cancellation = cancellation
        self.body = body
        self.failure = failure
    }

    var isCancelled: Bool { cancellation.isSet }

    func run(on connection: SQLiteConnection) throws -> Delivery {
        guard !isCancelled else { throw CancellationError() }
        return try body(connection)
    }

    /// Tells a caller whose body ran that its change did not last.
    func fail(_ error: any Error) { failure(error) }

    /// Tells a caller whose body did not run why.
    func refuse(_ error: any Error) { failure(isCancelled ? CancellationError() : error) }
}

/// A flag that a task's cancellation handler sets from whatever thread.
final class Cancellation: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .acquiring) }
    func set() { flag.store(true, ordering: .releasing) }
}

extension SQLiteConnection {
    /// Runs `writes` in one transaction, each succeeding or failing by itself, and tells the callers once it is over.
    ///
    /// When the transaction as a whole fails, all that ran in it fail alike: a body that threw may have done so for
    /// what it saw of the others.
    /// - Returns: the writes that did not get to run, for a new transaction.
    /// - Throws: when there is no transaction; none has run then.
    func commit(_ writes: ArraySlice<PendingWrite>) throws -> ArraySlice<PendingWrite> {
        var waiting = writes
        var ran: [(write: PendingWrite, outcome: Result<PendingWrite.Delivery, any Error>)] = []
        try control("BEGIN IMMEDIATE")
        runsBodies = true
        defer { runsBodies = false }
        do {
            while let write = waiting.popFirst() {
                let outcome = Result {
                    // Alone, the transaction is its savepoint.
                    writes.count == 1 ? try write.run(on: self) : try inSavepoint(write.run)
                }
                ran.append((write, outcome))
                guard isInTransaction else {
                    _ = try outcome.get()
                    throw SQLError.transactionLost
                }
            }
            let changed = ran.contains { if case .success = $0.outcome { true } else { false } }
            if changed { try commit() } else { rollBack() }
        } catch {
            rollBack()
            for (write, _) in ran { write.fail(error) }
            return waiting
        }
        for (write, outcome) in ran {
            switch outcome {
            case .success(let deliver): deliver()
            case .failure(let error): write.fail(error)
            }
        }
        return waiting
    }
}
