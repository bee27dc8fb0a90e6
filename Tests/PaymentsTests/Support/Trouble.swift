import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import Synchronization

/// Partner faults planned by a test: each affects the next call of its kind, once.
final class Trouble: Sendable {
    typealias Deed = @Sendable (PartnerAction) async throws -> Void

    private struct Planned {
        var matches: @Sendable (PartnerAction) -> Bool
        var deed: Deed
    }

    private let planned = Mutex<(before: [Planned], after: [Planned])>(([], []))
    private let seen = Mutex<[PartnerAction]>([])

    init(_ partners: InMemoryPartners) {
        partners.before = { [weak self] action in
            self?.seen.withLock { $0.append(action) }
            try await self?.take(\.before, action)?(action)
        }
        partners.after = { [weak self] action in try await self?.take(\.after, action)?(action) }
    }

    /// Every call so far.
    var calls: [PartnerAction] { seen.withLock { $0 } }

    /// Runs a body before the next call of that kind reaches the partner.
    func before(_ matches: @escaping @Sendable (PartnerAction) -> Bool, _ deed: @escaping Deed) {
        planned.withLock { $0.before.append(Planned(matches: matches, deed: deed)) }
    }

    /// Runs a body between the effect of the next call of that kind and its response.
    func after(_ matches: @escaping @Sendable (PartnerAction) -> Bool, _ deed: @escaping Deed) {
        planned.withLock { $0.after.append(Planned(matches: matches, deed: deed)) }
    }

    /// The next call of that kind never arrives.
    func unreachable(_ matches: @escaping @Sendable (PartnerAction) -> Bool) {
        before(matches) { throw $0.error(.unreachable) }
    }

    /// The response to the next call of that kind is lost.
    func lost(_ matches: @escaping @Sendable (PartnerAction) -> Bool) { after(matches) { throw $0.error(.timedOut) } }

    /// The next call of that kind is refused without an effect.
    func refused(_ matches: @escaping @Sendable (PartnerAction) -> Bool, _ code: String) {
        before(matches) { throw $0.error(.rejected(status: 422, code: code)) }
    }

    var isOver: Bool { planned.withLock { $0.before.isEmpty && $0.after.isEmpty } }

    private func take(
        _ side: WritableKeyPath<(before: [Planned], after: [Planned]), [Planned]>, _ action: PartnerAction
    ) -> Deed? {
        planned.withLock { planned in
            guard let index = planned[keyPath: side].firstIndex(where: { $0.matches(action) }) else { return nil }
            return planned[keyPath: side].remove(at: index).deed
        }
    }
}

/// The kinds of calls that tests distinguish.
enum Calls {
    typealias Kind = @Sendable (PartnerAction) -> Bool

    static let createOrder: Kind = { if case .createOrder = $0 { true } else { false } }
    static let createInvoice: Kind = { if case .createInvoice = $0 { true } else { false } }
    static let hold: Kind = { if case .start(_, _, .hold) = $0 { true } else { false } }
    static let clear: Kind = { if case .start(_, _, .clear) = $0 { true } else { false } }
    static let refund: Kind = { if case .start(_, _, .refund) = $0 { true } else { false } }
    static let void: Kind = { if case .void = $0 { true } else { false } }
    static let pushItems: Kind = { if case .pushItems = $0 { true } else { false } }
    static let post: Kind = { if case .postCashback = $0 { true } else { false } }
    static let receipt: Kind = { if case .receipt = $0 { true } else { false } }
    static let render: Kind = { $0 == .renderPDF }
    static let put: Kind = { if case .putObject = $0 { true } else { false } }
    static let exists: Kind = { if case .objectExists = $0 { true } else { false } }
}

/// Transactions with altered responses about operations.
struct DistortedTransactions: TransactionsClient {
    let real: any TransactionsClient
    let distort: @Sendable (PaymentOperation) -> PaymentOperation
    var distortInvoice: @Sendable (Invoice) -> Invoice? = { $0 }

    func createInvoice(_ invoice: InvoiceRequest) async throws { try await real.createInvoice(invoice) }

    func start(_ request: OperationRequest) async throws -> PaymentOperation { distort(try await real.start(request)) }

    func void(invoiceID: String, hold number: Int) async throws -> PaymentOperation {
        distort(try await real.void(invoiceID: invoiceID, hold: number))
    }

    func invoice(id: String) async throws -> Invoice? { try await real.invoice(id: id).flatMap(distortInvoice) }
}

extension PaymentFixture {
    /// The same services with a transactions client that responds differently.
    static func answering(
        _ services: Services, invoice distortInvoice: @escaping @Sendable (Invoice) -> Invoice? = { $0 },
        _ distort: @escaping @Sendable (PaymentOperation) -> PaymentOperation = { $0 }
    ) -> Services {
        var services = services
        services.partners.transactions = DistortedTransactions(
            real: services.partners.transactions, distort: distort, distortInvoice: distortInvoice)
        return services
    }
}
