import PaymentAPI
import PaymentCore
import Payments
import WorldKit

/// A payment through a server, as the guest's app makes it: fetch the bill, pay that version, poll until decided.
///
/// Failures without a definite refusal are retried, the payment under one idempotency key: it has one effect.
struct ServerPayment: Sendable {
    struct Outcome: Sendable {
        var before: GuestClient.Preorder
        var payment: GuestClient.PaymentStatus
        /// Nil where the server does not show the order any more: another guest is paying it.
        var after: GuestClient.Preorder?
    }

    /// Consecutive failures of the server before giving up.
    private static let patience = 3
    private static let firstPauseSeconds = 0.2

    let guest: GuestClient
    let link: Deeplink
    let paymentMethodID: String
    let world: World
    /// How long to wait for the outcome; nil not to wait.
    let waitSeconds: Double?

    /// - Parameter billVersion: nil for the one the server shows.
    /// - Throws: ``Problem``: the server's; `still_pending` when the time ran out.
    func run(billVersion: Int?) async throws -> Outcome {
        let deadline = waitSeconds.map { world.now().advanced(bySeconds: $0) }
        let before = try await persistently(until: deadline) { try await guest.preorder(link, withinSeconds: $0) }
        let key = world.newID()
        var status = try await persistently(until: deadline) {
            try await guest.pay(
                link, paymentMethodID: paymentMethodID, billVersion: billVersion ?? before.billVersion, key: key,
                withinSeconds: $0)
        }
        if let deadline { status = try await decided(status, by: deadline) }
        return Outcome(before: before, payment: status, after: try? await guest.preorder(link))
    }

    private func decided(
        _ first: GuestClient.PaymentStatus, by deadline: Instant
    ) async throws -> GuestClient.PaymentStatus {
        var status = first
        var pauseSeconds = 0.0
        while status.status == .waiting {
            let left = deadline.seconds(since: world.now())
            guard left > 0 else { throw Waiting.pending(link.orderID) }
            if pauseSeconds > 0 { try await world.sleep(min(pauseSeconds, left)) }
            do {
                status = try await persistently(until: deadline) { seconds in
                    try await guest.paymentStatus(
                        ofOrder: link.orderID, waitSeconds: deadline.seconds(since: world.now()), withinSeconds: seconds
                    )
                }
            } catch let problem as Problem where problem.kind == .partner && world.now() >= deadline {
                throw Waiting.pending(link.orderID)
            }
            pauseSeconds = status.pauseSeconds
        }
        return status
    }

    /// A request that timed out may still take effect; at least one attempt is always made.
    private static let graceSeconds = 1.0

    /// - Parameter ask: receives the time limit of its exchange.
    private func persistently<Value: Sendable>(
        until deadline: Instant?, _ ask: (_ withinSeconds: Double?) async throws -> Value
    ) async throws -> Value {
        var pause = Self.firstPauseSeconds
        var failuresInARow = 0
        while true {
            let left = deadline?.seconds(since: world.now())
            do {
                return try await ask(left.map { max(0, $0) + Self.graceSeconds })
            } catch let problem as Problem where problem.kind == .partner && problem.code != "not_a_server" {
                failuresInARow += 1
                guard failuresInARow < Self.patience, left.map({ $0 > pause }) ?? true else { throw problem }
            }
            try await world.sleep(pause)
            pause *= 2
        }
    }
}
