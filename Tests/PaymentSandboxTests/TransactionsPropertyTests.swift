import EncodingKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Testing
import WorldKit

/// Random sequences of requests: the amounts add up for any requests, in any order and number.
@Suite struct TransactionsPropertyTests {
    private static let total: Int64 = 1_000

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `money adds up`(seed: UInt64) throws {
        var random = SplitMix64(state: seed)
        var model = TransactionsModel(slowSeconds: 2)
        var now = Instant(microseconds: 0)
        var wasFinal: [String: PaymentOperation] = [:]
        for _ in 0..<60 {
            let id = ["a", "b"].randomElement(using: &random)!
            let number = Int.random(in: 1...8, using: &random)
            let before = model
            switch Int.random(in: 0..<10, using: &random) {
            case 0:
                now = now.advanced(bySeconds: Double.random(in: 0...3, using: &random))
                _ = model.advance(to: now)
            case 1:
                _ = try? model.createInvoice(
                    InvoiceRequest(
                        invoiceID: id, orderID: "o", uid: "u", amount: rub(Self.total), callbackURL: nil))
            case 2: _ = try? model.void(invoiceID: id, hold: number)
            default:
                let kind = PaymentOperation.Kind.allCases.randomElement(using: &random)!
                let request = OperationRequest(
                    invoiceID: id, number: number, kind: kind,
                    amount: rub([Self.total, Self.total, 600, 400].randomElement(using: &random)!),
                    paymentMethodID: kind == .hold ? Card.allCases.randomElement(using: &random)!.rawValue : nil)
                let first = try? model.start(request, now: now)
                let after = model
                let second = try? model.start(request, now: now)
                #expect(first?.operation == second?.operation)
                #expect(model == after, "a repeat changes nothing")
                if first == nil { #expect(model == before, "a refusal changes nothing") }
            }
            check(model, &wasFinal, seed: seed)
        }
    }

    private func check(_ model: TransactionsModel, _ wasFinal: inout [String: PaymentOperation], seed: UInt64) {
        for id in ["a", "b"] {
            guard let invoice = model.invoice(id: id) else { continue }
            let holds = invoice.operations.filter { $0.kind == .hold && $0.status == .succeeded }
            let heldEver = holds.reduce(0) { $0 + $1.amount.minorUnits }
            let pending = invoice.operations.filter { $0.kind == .refund && $0.status == .pending }
            let refunding = pending.reduce(invoice.refunded.minorUnits) { $0 + $1.amount.minorUnits }
            #expect(invoice.held.minorUnits + invoice.captured.minorUnits <= Self.total, "seed \(seed)")
            #expect(invoice.captured.minorUnits <= heldEver, "seed \(seed)")
            #expect(refunding <= invoice.captured.minorUnits, "seed \(seed)")
            #expect(invoice.operations.map(\.number) == invoice.operations.map(\.number).sorted())
            for operation in invoice.operations {
                let key = "\(id).\(operation.number)"
                if let known = wasFinal[key], known.kind != .hold || [.failed, .voided, .lapsed].contains(known.status)
                {
                    #expect(operation.status == known.status, "seed \(seed): \(key) was final")
                }
                if operation.status.isFinal { wasFinal[key] = operation }
            }
            let events = model.callbacks(invoiceID: id).map(\.eventID)
            #expect(Set(events).count == events.count, "seed \(seed): an event happened twice")
        }
    }

    private func rub(_ kopecks: Int64) -> Money { Money(minorUnits: kopecks, currency: .rub) }
}
