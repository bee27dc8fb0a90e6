/// The outcomes of one call of ``Broker/publish(_:to:)``; confined to the publishing thread.
final class PublishJob {
    private var outcomes: [PublishOutcome?]
    private var missing: Int
    private let continuation: CheckedContinuation<[PublishOutcome], Never>

    init(count: Int, _ continuation: CheckedContinuation<[PublishOutcome], Never>) {
        outcomes = Array(repeating: nil, count: count)
        missing = count
        self.continuation = continuation
    }

    /// Notes an outcome; a later one for the same message has no effect. The last one ends the call.
    func settle(_ index: Int, _ outcome: PublishOutcome) {
        guard outcomes[index] == nil else { return }
        outcomes[index] = outcome
        missing -= 1
        if missing == 0 { continuation.resume(returning: outcomes.compactMap { $0 }) }
    }
}

/// A call of ``Broker/publish(_:to:)`` on its way to the publishing thread.
struct PublishCommand: Sendable {
    var messages: [Message]
    var exchange: String
    var continuation: CheckedContinuation<[PublishOutcome], Never>
}

/// One message to publish.
struct PublishItem {
    let publication: AMQPPublication
    let job: PublishJob
    let index: Int

    func settle(_ outcome: PublishOutcome) { job.settle(index, outcome) }
}
