import PaymentCore
import Payments
import QueueKit
import TestSupport
import Testing
import WorldKit

@testable import Explorer
@testable import Simulator

/// Production code between two effects.
@Suite struct SchedulerTests {
    private static func variant(
        _ attempt: @escaping @Sendable (ProgramEnvironment) async throws -> String
    ) -> Variant {
        Variant(name: "test", summary: "") { program, environment in
            guard case .pay = program else { return try await Variant.production.run(program, environment) }
            return try await attempt(environment)
        }
    }

    @Test func `code runs once for each of its histories`() throws {
        let tree = ProcessTree(.production, small)
        let start = Machine.startTime
        let root = try tree.root(.attempt(worker: "worker-1"), at: start)
        #expect(try tree.root(.attempt(worker: "worker-1"), at: start) == root)
        #expect(tree.runCount == 1 && tree.effect(at: root) != nil)
        let claim = (attempts: [Worker.Attempt](), claimed: [QueuedTask]())
        let nothing = Answer(.success((claim, false, [TaskRepository.StagingFailure]())), clock: start)
        let idle = try tree.child(of: root, nothing)
        #expect(tree.effect(at: idle) == nil && tree.ending(of: idle)?.isFailure == false)
        #expect(try tree.child(of: root, nothing) == idle)
        #expect(tree.runCount == 1)
        // A different answer is a different history, for which the code is run again from its start.
        let failed = try tree.child(of: root, Answer(.failure(CancellationError()), clock: start))
        #expect(tree.ending(of: failed)?.isFailure == true && tree.runCount == 2)
        #expect(tree.signature(of: failed) != tree.signature(of: idle))
    }

    @Test func `concurrent effects of one process are refused`() {
        let variant = Self.variant { environment in
            let store = environment.services.store
            async let one = store.read { try $0.orderStatuses.isViewed(orderID: "order-1") }
            async let other = store.read { try $0.orderStatuses.isViewed(orderID: "order-1") }
            return "\(try await one) \(try await other)"
        }
        #expect(throws: SchedulerError.twoEffectsAtOnce("guest-1")) {
            try Explorer(variant: variant, scenario: small).explore()
        }
    }

    @Test func `waiting for something other than an effect is refused`() {
        let variant = Self.variant { _ in
            // For an external event.
            await untilCancelled()
            return ""
        }
        #expect(throws: SchedulerError.lostProcess("guest-1")) {
            try Explorer(variant: variant, scenario: small).explore()
        }
    }

    @Test func `the clock stands still between two answers`() throws {
        let variant = Self.variant { environment in
            let before = environment.services.world.now()
            _ = try await environment.services.store.read { try $0.orderStatuses.isViewed(orderID: "order-1") }
            return "\(environment.services.world.now().seconds(since: before))"
        }
        let tree = ProcessTree(variant, small)
        let root = try tree.root(.pay(guest: 0), at: Machine.startTime)
        let later = Machine.startTime.advanced(bySeconds: 90)
        let end = try tree.child(of: root, Answer(.success(true), clock: later))
        #expect(tree.ending(of: end)?.word == "90.0")
    }
}
