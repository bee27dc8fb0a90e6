import PaymentCore
import Payments
import TestSupport
import Testing
import WorldKit

/// Waiting for changes of orders. No comparison is due before the waits time out, so that none can hide a lost wake-up.
@Suite(.everyEngine) struct OrderChangesTests {
    private let changes: OrderChanges
    private let store: Store
    private let waits = ChangeSignal()

    init() async throws {
        let fixture = try await PaymentFixture()
        store = fixture.store
        var services = fixture.services
        // The comparison starts to wait again after each new waiter.
        services.world.sleep = { [waits] _ in
            waits.notify()
            await untilCancelled()
            throw CancellationError()
        }
        changes = OrderChanges(services, pollSeconds: 600)
    }

    private func versions(_ orderIDs: String...) async throws -> [String: Int64] {
        try await store.read { try $0.orderStatuses.versions(of: orderIDs) }
    }

    /// Writes an entry that `changes` is not notified of.
    private func change(_ orderID: String) async throws {
        try await store.write { transaction in
            try transaction.journal.append(
                JournalEntry(at: StoreFixture.now, orderID: orderID, event: .canceled, actor: .support, detail: [:]))
        }
    }

    private func wait(for orderIDs: Set<String>, _ versions: [String: Int64] = [:]) -> Task<Bool, Never> {
        Task { [changes] in await changes.next(of: orderIDs, versions: versions, withinSeconds: 300) }
    }

    private func until(waiting count: Int) async { await waits.wait { changes.waiting == count } }

    @Test(.timeLimit(.minutes(2))) func `a change between reading a version and waiting ends the wait`() async throws {
        try await change("o")
        let known = try await versions("o", "p")
        try await change("o")
        #expect(await wait(for: ["o", "p"], known).value)
        // Also while others already wait.
        let other = wait(for: ["p"], known)
        await until(waiting: 1)
        #expect(await wait(for: ["o"], known).value)
        #expect(changes.waiting == 1)
        other.cancel()
        #expect(await !other.value)
    }

    @Test(.timeLimit(.minutes(2))) func `a write of this process wakes those who wait for its orders`() async throws {
        let first = wait(for: ["a", "b"])
        let second = wait(for: ["b"])
        let third = wait(for: ["c"])
        await until(waiting: 3)
        changes.changed(["b", "unknown"])
        #expect(await first.value)
        #expect(await second.value)
        #expect(changes.waiting == 1)
        changes.changed(["a", "b"])
        #expect(changes.waiting == 1, "and only once")
        changes.close()
        #expect(await !third.value)
        #expect(await !wait(for: ["c"]).value, "nothing waits any more")
    }

    @Test(.timeLimit(.minutes(2))) func `a canceled wait leaves nothing behind`() async throws {
        let waits = (0..<50).map { wait(for: ["\($0)"]) }
        // Some are canceled before they have begun to wait.
        for wait in waits { wait.cancel() }
        for wait in waits { #expect(await !wait.value) }
        #expect(changes.waiting == 0)
    }
}
