import PaymentCore
import PaymentSandbox
import Payments
import TestSupport
import Testing

/// Random walks: guests, cards, workers, callbacks and faults in any order, also during each other's calls. Every
/// invariant holds after every step, and at the end all work has settled.
@Suite(.everyEngine) struct PaymentWalkTests {
    @Test(arguments: 0..<180 as Range<UInt64>)
    func `every invariant holds after every step`(seed: UInt64) async throws {
        // The steps are the same on a server, where each takes longer, so some walks are enough.
        if StoreEngine.current == .postgres, !seed.isMultiple(of: 9) { return }
        let walk = try await PaymentWalk(seed: seed)
        do {
            try await walk.run(steps: 12 + Int(seed % 28))
        } catch let broken as PaymentWalk.Broken {
            Issue.record("seed \(seed): \(broken.what)\n\(await walk.trace.joined(separator: "\n"))")
        }
    }
}
