import PaymentCore
import PaymentPartners
import PaymentSandbox
import Testing
import WorldKit

@Suite struct TransactionsModelTests {
    static let start = Instant(microseconds: 1_767_225_600_000_000)

    static func rub(_ kopecks: Int64) -> Money { Money(minorUnits: kopecks, currency: .rub) }

    /// One request about the invoice `i` of 100.00, and its result: a status, or the code of a refusal.
    enum Step: Sendable {
        case create(Int64 = 10_000, uid: String = "u", expect: String = "ok")
        case hold(Int, Int64 = 10_000, card: Card? = .approve, expect: String)
        case clear(Int, Int64 = 10_000, expect: String)
        case refund(Int, Int64, expect: String)
        case void(Int, expect: String)
        case wait(Double)
        case decide(Int, PaymentOperation.Status, expect: String)
    }

    struct Story: Sendable, CustomTestStringConvertible {
        var name: String
        var steps: [Step]
        /// held, captured, refunded at the end, in kopecks.
        var totals: [Int64]
        /// Events reported, in order: `number.status`.
        var events: [String]
        var testDescription: String { name }
    }

    static let stories: [Story] = [
        Story(
            name: "approve, clear, refund",
            steps: [
                .create(), .hold(1, expect: "succeeded"), .clear(2, expect: "succeeded"),
                .refund(3, 4_000, expect: "succeeded"), .refund(4, 6_000, expect: "succeeded"),
                .refund(5, 1, expect: "amount_exceeded"),
            ], totals: [0, 10_000, 10_000], events: ["1.succeeded", "2.succeeded", "3.succeeded", "4.succeeded"]),
        Story(
            name: "the same again is the same, with other content it is not",
            steps: [
                .create(), .create(), .create(9_999, expect: "key_reused"), .create(uid: "v", expect: "key_reused"),
                .hold(1, expect: "succeeded"), .hold(1, expect: "succeeded"), .hold(1, 9_999, expect: "key_reused"),
                .hold(1, card: .slow, expect: "key_reused"), .clear(1, expect: "key_reused"),
                .clear(2, expect: "succeeded"), .clear(2, expect: "succeeded"), .hold(1, expect: "succeeded"),
            ], totals: [0, 10_000, 0], events: ["1.succeeded", "2.succeeded"]),
        Story(
            name: "declined, then with another card",
            steps: [
                .create(), .hold(1, card: .decline, expect: "failed declined"), .clear(2, expect: "failed hold_failed"),
                .hold(3, card: .decline, expect: "failed declined"), .hold(4, card: .approve, expect: "succeeded"),
            ], totals: [10_000, 0, 0], events: ["1.failed", "2.failed", "3.failed", "4.succeeded"]),
        Story(
            name: "declined once",
            steps: [
                .create(), .hold(1, card: .declineOnce, expect: "failed declined"),
                .hold(2, card: .declineOnce, expect: "succeeded"),
            ], totals: [10_000, 0, 0], events: ["1.failed", "2.succeeded"]),
        Story(
            name: "slow",
            steps: [
                .create(), .hold(1, card: .slow, expect: "pending"), .clear(2, expect: "hold_pending"), .wait(1.9),
                .hold(1, card: .slow, expect: "pending"), .hold(3, expect: "amount_exceeded"), .wait(0.1),
                .hold(1, card: .slow, expect: "succeeded"), .clear(2, expect: "pending"),
                .clear(3, expect: "already_cleared"), .void(1, expect: "succeeded"),
                .refund(4, 1, expect: "amount_exceeded"), .wait(2), .clear(2, expect: "succeeded"),
                .refund(4, 6_000, expect: "pending"), .refund(5, 6_000, expect: "amount_exceeded"), .wait(2),
            ], totals: [0, 10_000, 6_000], events: ["1.succeeded", "2.succeeded", "4.succeeded"]),
        Story(
            name: "3-D Secure, abandoned",
            steps: [
                .create(), .hold(1, card: .threeDS, expect: "pending"), .wait(1_000_000),
                .hold(1, card: .threeDS, expect: "pending"), .void(1, expect: "voided"),
                .hold(1, card: .threeDS, expect: "voided"), .clear(2, expect: "failed hold_voided"),
                .hold(3, expect: "succeeded"),
            ], totals: [10_000, 0, 0], events: ["1.voided", "2.failed", "3.succeeded"]),
        Story(
            name: "3-D Secure, confirmed after all",
            steps: [
                .create(), .hold(1, card: .threeDS, expect: "pending"), .decide(1, .lapsed, expect: "bad_transition"),
                .decide(1, .succeeded, expect: "succeeded"), .decide(1, .failed, expect: "bad_transition"),
                .decide(1, .lapsed, expect: "lapsed"), .decide(2, .failed, expect: "unknown_operation"),
            ], totals: [0, 0, 0], events: ["1.succeeded", "1.lapsed"]),
        Story(
            name: "the hold lapses before the clear",
            steps: [
                .create(), .hold(1, card: .lapse, expect: "succeeded"), .clear(2, expect: "failed hold_lapsed"),
                .hold(1, card: .lapse, expect: "lapsed"), .void(1, expect: "lapsed"),
                .clear(3, expect: "failed hold_lapsed"),
            ], totals: [0, 0, 0], events: ["1.succeeded", "1.lapsed", "2.failed", "3.failed"]),
        Story(
            name: "a void ends a hold for good",
            steps: [
                .create(), .hold(1, expect: "succeeded"), .void(1, expect: "voided"), .void(1, expect: "voided"),
                .clear(2, expect: "failed hold_voided"), .hold(1, expect: "voided"), .void(2, expect: "not_a_hold"),
            ], totals: [0, 0, 0], events: ["1.succeeded", "1.voided", "2.failed"]),
        Story(
            name: "a captured or failed hold keeps its status when voided",
            steps: [
                .create(), .hold(1, card: .decline, expect: "failed declined"), .void(1, expect: "failed declined"),
                .hold(2, expect: "succeeded"), .clear(3, 4_000, expect: "succeeded"), .void(2, expect: "succeeded"),
                .clear(4, 4_000, expect: "already_cleared"),
            ], totals: [0, 4_000, 0], events: ["1.failed", "2.succeeded", "3.succeeded"]),
        Story(
            name: "the void overtakes the hold",
            steps: [
                .create(), .void(1, expect: "voided"), .hold(1, expect: "voided"), .hold(1, expect: "voided"),
                .hold(1, 1, expect: "key_reused"), .clear(2, expect: "failed hold_voided"),
                .hold(3, expect: "succeeded"),
            ], totals: [10_000, 0, 0], events: ["2.failed", "3.succeeded"]),
        Story(
            name: "the void overtakes hold and invoice",
            steps: [
                .void(2, expect: "voided"), .create(), .hold(1, expect: "stale_operation"), .hold(2, expect: "voided"),
            ],
            totals: [0, 0, 0], events: []),
        Story(
            name: "an overtaken hold is refused for good",
            steps: [
                .create(), .hold(2, card: .decline, expect: "failed declined"), .hold(1, expect: "stale_operation"),
                .hold(1, expect: "stale_operation"), .void(1, expect: "voided"), .hold(3, expect: "succeeded"),
            ], totals: [10_000, 0, 0], events: ["2.failed", "3.succeeded"]),
        Story(
            name: "no more than the invoice",
            steps: [
                .create(), .hold(1, 10_001, expect: "amount_exceeded"), .hold(1, 6_000, expect: "succeeded"),
                .hold(2, 4_001, expect: "amount_exceeded"), .clear(2, 6_001, expect: "amount_exceeded"),
                .clear(2, 5_000, expect: "succeeded"), .hold(3, 5_001, expect: "amount_exceeded"),
                .refund(4, 5_001, expect: "amount_exceeded"), .refund(4, 0, expect: "bad_operation"),
            ], totals: [0, 5_000, 0], events: ["1.succeeded", "2.succeeded"]),
        Story(
            name: "what is not there",
            steps: [
                .hold(1, expect: "unknown_invoice"), .create(0, expect: "bad_amount"), .create(),
                .clear(1, expect: "no_hold"), .hold(0, expect: "bad_operation"), .void(0, expect: "bad_operation"),
                .hold(1, card: nil, expect: "unknown_payment_method"),
            ], totals: [0, 0, 0], events: []),
    ]

    @Test(arguments: stories)
    func `operations and reports`(story: Story) throws {
        var model = TransactionsModel()
        var now = Self.start
        var reported: [PaymentCallback] = []
        for (index, step) in story.steps.enumerated() {
            let (actual, expected) = Self.perform(step, on: &model, &now, &reported)
            #expect(actual == expected, "step \(index): \(step)")
        }
        let invoice = model.invoice(id: "i")
        #expect([invoice?.held, invoice?.captured, invoice?.refunded].map { $0?.minorUnits ?? 0 } == story.totals)
        #expect(reported.map(\.eventID) == story.events.map { "i.\($0)" })
        #expect(model.callbacks(invoiceID: "i") == reported)
    }

    private static func perform(
        _ step: Step, on model: inout TransactionsModel, _ now: inout Instant, _ reported: inout [PaymentCallback]
    ) -> (actual: String, expected: String) {
        func outcome(_ body: () throws(PartnerRefusal) -> TransactionsModel.Outcome) -> String {
            do {
                let outcome = try body()
                reported += outcome.callbacks
                return ([outcome.operation.status.rawValue] + (outcome.operation.reason.map { [$0] } ?? []))
                    .joined(separator: " ")
            } catch {
                return error.code
            }
        }
        func start(_ number: Int, _ kind: PaymentOperation.Kind, _ amount: Int64, _ card: Card? = nil) -> String {
            outcome { () throws(PartnerRefusal) in
                try model.start(
                    OperationRequest(
                        invoiceID: "i", number: number, kind: kind, amount: rub(amount),
                        paymentMethodID: card?.rawValue), now: now)
            }
        }
        switch step {
        case .create(let amount, let uid, let expected):
            let request = InvoiceRequest(
                invoiceID: "i", orderID: "o", uid: uid, amount: rub(amount), callbackURL: nil)
            do {
                _ = try model.createInvoice(request)
                return ("ok", expected)
            } catch {
                return (error.code, expected)
            }
        case .hold(let number, let amount, let card, let expected):
            return (start(number, .hold, amount, card), expected)
        case .clear(let number, let amount, let expected): return (start(number, .clear, amount), expected)
        case .refund(let number, let amount, let expected): return (start(number, .refund, amount), expected)
        case .void(let number, let expected):
            return (outcome { () throws(PartnerRefusal) in try model.void(invoiceID: "i", hold: number) }, expected)
        case .decide(let number, let status, let expected):
            let actual = outcome { () throws(PartnerRefusal) in
                try model.decide(invoiceID: "i", number: number, status: status, reason: nil)
            }
            return (actual, expected)
        case .wait(let seconds):
            now = now.advanced(bySeconds: seconds)
            reported += model.advance(to: now)
            return ("", "")
        }
    }

    @Test func `loses the first answer only`() throws {
        var model = TransactionsModel()
        _ = try model.createInvoice(
            InvoiceRequest(invoiceID: "i", orderID: "o", uid: "u", amount: Self.rub(100), callbackURL: nil))
        let hold = OperationRequest(
            invoiceID: "i", number: 1, kind: .hold, amount: Self.rub(100), paymentMethodID: Card.lost.rawValue)
        let first = try model.start(hold, now: Self.start)
        #expect(first.isAnswerLost && first.operation.status == .succeeded)
        let second = try model.start(hold, now: Self.start)
        #expect(!second.isAnswerLost && second.operation == first.operation && second.callbacks.isEmpty)
    }

    @Test func `knows when the next change comes`() throws {
        var model = TransactionsModel(slowSeconds: 3)
        _ = try model.createInvoice(
            InvoiceRequest(invoiceID: "i", orderID: "o", uid: "u", amount: Self.rub(100), callbackURL: "http://cb"))
        #expect(model.nextDue == nil)
        let hold = OperationRequest(
            invoiceID: "i", number: 1, kind: .hold, amount: Self.rub(100), paymentMethodID: Card.slow.rawValue)
        _ = try model.start(hold, now: Self.start)
        let due = Self.start.advanced(bySeconds: 3)
        #expect(model.nextDue == due)
        let reloaded = TransactionsModel(
            invoices: Dictionary(uniqueKeysWithValues: model.invoices.takeChanges().map { ($0.id, $0.record!) }),
            slowSeconds: 3)
        #expect(reloaded == model)
        #expect(model.advance(to: due).map(\.eventID) == ["i.1.succeeded"])
        #expect(model.nextDue == nil)
    }
}
