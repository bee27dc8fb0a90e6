import JSONKit
package import PaymentCore
import PaymentPartners
import Synchronization
package import WorldKit

/// All partners within this process: the sandbox's rules behind the clients' protocols, without HTTP.
///
/// Every call is one atomic step between two hooks, so that whoever sets the hooks decides which request never arrives,
/// which answer is lost, and what else happens in between.
package final class InMemoryPartners: ModelledPartners {
    package typealias Hook = @Sendable (PartnerAction) async throws -> Void

    private struct State {
        var models: PartnerKnowledge
        var callbacks: [PaymentCallback] = []
        var before: Hook = { _ in }
        var after: Hook = { _ in }
    }

    private let state: Mutex<State>
    private let now: @Sendable () -> Instant
    private let render: @Sendable ([UInt8]) throws -> [UInt8]

    /// - Parameters:
    ///   - settings: of which only the delays count here.
    ///   - render: receipt JSON in, PDF out; what it throws becomes Check's refusal.
    package init(
        settings: SandboxSettings = SandboxSettings(), now: @escaping @Sendable () -> Instant,
        render: @escaping @Sendable ([UInt8]) throws -> [UInt8] = { _ in Array("%PDF-1.4\n%%EOF\n".utf8) }
    ) {
        state = Mutex(State(models: PartnerKnowledge(settings)))
        self.now = now
        self.render = render
    }

    /// Called before a request arrives; when it throws, nothing has happened and that is the caller's answer.
    package var before: Hook {
        get { state.withLock { $0.before } }
        set { state.withLock { $0.before = newValue } }
    }

    /// Called once a request has had its effect, or was refused; when it throws, that is the caller's answer.
    package var after: Hook {
        get { state.withLock { $0.after } }
        set { state.withLock { $0.after = newValue } }
    }

    /// What the partners know now.
    package var models: PartnerKnowledge { state.withLock { $0.models } }

    /// Changes what the partners know, as a bank, a guest or a vandal might.
    package func change<Value: Sendable>(_ body: @Sendable (inout PartnerKnowledge) throws -> Value) rethrows -> Value {
        try state.withLock { try body(&$0.models) }
    }

    /// Decides a pending operation, or lets a live hold lapse, and reports it.
    package func decide(
        invoiceID: String, number: Int, status: PaymentOperation.Status, reason: String? = nil
    ) throws {
        try state.withLock { state in
            let outcome = try state.models.transactions.decide(
                invoiceID: invoiceID, number: number, status: status, reason: reason)
            state.callbacks += outcome.callbacks
        }
    }

    /// Lets happen what is due by now.
    package func advance() {
        let now = now()
        state.withLock { $0.callbacks += $0.models.transactions.advance(to: now) }
    }

    /// Hands over the reports made since the last time, in the order they were made. Delivering them, once, twice or in
    /// another order, is the caller's part.
    package func takeCallbacks() -> [PaymentCallback] {
        state.withLock { state in
            defer { state.callbacks = [] }
            return state.callbacks
        }
    }

    package func perform<Value: Sendable>(
        _ action: PartnerAction,
        _ body: @escaping @Sendable (inout PartnerKnowledge, Instant) throws -> PartnerReply<Value>
    ) async throws -> Value {
        try await before(action)
        let now = now()
        let answer = state.withLock { state in
            state.callbacks += state.models.transactions.advance(to: now)
            let reply = Result { try body(&state.models, now) }
            state.callbacks += (try? reply.get().callbacks) ?? []
            return reply
        }
        try await after(action)
        return try action.answer(to: answer)
    }

    package func pdf(of receipt: [UInt8]) throws(PartnerRefusal) -> [UInt8] {
        do { return try render(receipt) } catch { throw PartnerRefusal(422, "bad_receipt", "\(error)") }
    }
}
