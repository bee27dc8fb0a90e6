import JSONKit
package import PaymentCore
import PaymentPartners
import Synchronization
package import WorldKit

/// All partners within this process: the sandbox's rules behind the clients' protocols, without HTTP.
///
/// Every call is one atomic step between two hooks, which decide what requests never arrive, what responses are lost,
/// and what else happens in between.
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
    ///   - settings: only the delays are used here.
    ///   - render: receipt JSON in, PDF out; what it throws becomes Check's refusal.
    package init(
        settings: SandboxSettings = SandboxSettings(), now: @escaping @Sendable () -> Instant,
        render: @escaping @Sendable ([UInt8]) throws -> [UInt8] = { _ in Array("%PDF-1.4\n%%EOF\n".utf8) }
    ) {
        state = Mutex(State(models: PartnerKnowledge(settings)))
        self.now = now
        self.render = render
    }

    /// Called before a request arrives; an error thrown here is returned to the caller, and the request has no effect.
    package var before: Hook {
        get { state.withLock { $0.before } }
        set { state.withLock { $0.before = newValue } }
    }

    /// Called once a request has had its effect, or was refused; an error thrown here is returned to the caller.
    package var after: Hook {
        get { state.withLock { $0.after } }
        set { state.withLock { $0.after = newValue } }
    }

    /// The current state of the partners.
    package var models: PartnerKnowledge { state.withLock { $0.models } }

    /// Changes the state of the partners, as a bank, a guest or an intruder might.
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

    /// Processes what is due by now.
    package func advance() {
        let now = now()
        state.withLock { $0.callbacks += $0.models.transactions.advance(to: now) }
    }

    /// Returns the reports made since the last call, in order. Delivering them, once, twice or in another order, is up
    /// to the caller.
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
