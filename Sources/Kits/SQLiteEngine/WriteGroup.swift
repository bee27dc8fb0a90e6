import SQLKit
import Synchronization

/// A queued write.
struct PendingWrite: Sendable {
    typealias Delivery = @Sendable () -> Void

    /// Whether its commit waits for the disk.
    let isSynced: Bool
    private let cancellation: Cancellation
    private let body: @Sendable (SQLiteConnection) throws -> Delivery
    private let failure: @Sendable (any Error) -> Void

    /// - Parameters:
    ///   - isSynced: whether its commit waits for the disk.
    ///   - cancellation: set when the caller no longer waits.
    ///   - body: does the work and returns the closure that notifies the caller once it is durable.
    ///   - failure: notifies the caller that nothing changed.
    init(
        isSynced: Bool, cancellation: Cancellation, body: @escaping @Sendable (SQLiteConnection) throws -> Delivery,
        failure: @escaping @Sendable (any Error) -> Void
    ) {
        self.isSynced = isSynced
        self.cancellation = cancellation
        self.body = body
        self.failure = failure
    }

    var isCancelled: Bool { cancellation.isSet }

    func run(on connection: SQLiteConnection) throws -> Delivery {
        guard !isCancelled else { throw CancellationError() }
        return try body(connection)
    }

    /// Notifies a caller whose body ran that its change was not committed.
    func fail(_ error: any Error) { failure(error) }

    /// Notifies a caller whose body did not run.
    func refuse(_ error: any Error) { failure(isCancelled ? CancellationError() : error) }
}

/// A flag that a task's cancellation handler sets from any thread.
final class Cancellation: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .acquiring) }
    func set() { flag.store(true, ordering: .releasing) }
}

extension SQLiteConnection {
    /// Runs `writes` in one transaction, each succeeding or failing independently, and notifies the callers afterwards.
    ///
    /// If the transaction as a whole fails, every write that ran in it fails: a body may have thrown because of what it
    /// saw of the others.
    /// - Returns: the writes that did not run, for a new transaction.
    /// - Throws: if the transaction cannot begin; no write has run then.
    func commit(_ writes: ArraySlice<PendingWrite>) throws -> ArraySlice<PendingWrite> {
        var waiting = writes
        var ran: [(write: PendingWrite, outcome: Result<PendingWrite.Delivery, any Error>)] = []
        try setSyncing(writes.contains(where: \.isSynced))
        try control("BEGIN IMMEDIATE")
        runsBodies = true
        defer { runsBodies = false }
        do {
            while let write = waiting.popFirst() {
                let outcome = Result {
                    // A single write needs no savepoint.
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
