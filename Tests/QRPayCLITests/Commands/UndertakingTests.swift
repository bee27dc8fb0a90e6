import Explorer
import Glibc
import HTTPKit
import PaymentPartners
import PaymentSandbox
import Payments
import SQLKit
import Synchronization
import Testing

@testable import QRPayCLI
@testable import SQLiteEngine

/// A store that fails while money moves: the message says what is known, and never that nothing happened.
@Suite struct UndertakingTests {
    private static let undertaking = Undertaking(.payment, of: "o-1")

    private static let failures: [(code: SQLError.Code, word: String, isUndone: Bool)] = [
        (.diskFull, "store_disk_full", true), (.locked, "store_locked", true), (.readOnly, "store_read_only", true),
        (.cannotOpen, "store_cannot_open", true), (.conflict, "store_busy", true),
        (.unreachable, "store_unreachable", true), (.outcomeUnknown, "store_outcome_unknown", false),
        (.inputOutput, "store_io_error", false),
        (.corrupt, "store_corrupt", false), (.other, "store_error", false), (.replaced, "store_replaced", false),
    ]

    /// When to run a command again: of a store that was replaced, never on the one in its place.
    private static func back(_ code: SQLError.Code) -> String {
        code == .replaced
            ? "once the store that was in use is back in its place (another one does not know of this)"
            : "once the store can be written again"
    }

    @Test(arguments: failures.indices)
    func `a store that fails before any request to a partner`(index: Int) async throws {
        let (code, word, isUndone) = Self.failures[index]
        let problem = await #expect(throws: Problem.self) {
            try await Self.undertaking.begin { () async throws -> Void in throw SQLError(code: code, message: "m") }
        }
        #expect(problem?.code == word && problem?.kind == .store)
        let phrase =
            isUndone
            ? "this command did not begin the payment" : "it is not known whether this command has begun the payment"
        #expect(problem?.message.hasPrefix("order o-1: \(phrase): ") == true)
        #expect(
            problem?.suggestion
                == "\(Self.back(code)), run the same command: it continues a payment that was begun, and never "
                + "begins a second one")
    }

    @Test(arguments: failures.indices)
    func `a store that fails while money moves`(index: Int) async throws {
        let (code, word, _) = Self.failures[index]
        let problem = await #expect(throws: Problem.self) {
            try await Self.undertaking.proceed(invoiceID: "i-1", operation: 3) {
                () async throws -> Void in throw SQLError(code: code, message: "m")
            }
        }
        #expect(problem?.code == word && problem?.kind == .store)
        #expect(
            problem?.message.hasPrefix(
                "order o-1: the payment was begun (operation 3 of invoice i-1) and may have gone through")
                == true)
        #expect(problem?.message.contains("nothing") == false)
        #expect(
            problem?.suggestion
                == "\(Self.back(code)), the same command or 'qrpay work' completes it; "
                + "'qrpay order show o-1' shows what is known")
        #expect(problem?.details == ["order_id": "o-1", "invoice_id": "i-1", "operation": "3"])
    }

    @Test func `other errors stay as they are`() async throws {
        let other = Problem(.conflict, "order_taken", "m")
        await #expect(throws: other) {
            try await Self.undertaking.proceed(invoiceID: "i", operation: 1) { () async throws -> Void in throw other
            }
        }
        await #expect(throws: other) { try await Self.undertaking.begin { () async throws -> Void in throw other } }
    }

    /// Runs an action once, before the first request to a path.
    private final class Interrupted: HTTPTransport {
        let real: any HTTPTransport
        let suffix: String
        let deed: @Sendable () -> Void
        private let isDone = Mutex(false)

        init(_ real: any HTTPTransport, before suffix: String, _ deed: @escaping @Sendable () -> Void) {
            self.real = real
            self.suffix = suffix
            self.deed = deed
        }

        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            let isFirst = isDone.withLock { done in
                defer { if request.url.hasSuffix(suffix) { done = true } }
                return !done && request.url.hasSuffix(suffix)
            }
            if isFirst { deed() }
            return try await real.send(request)
        }
    }

    @Test(arguments: [false, true])
    func `a payment or refund whose outcome cannot be recorded`(isRefund: Bool) async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let id = isRefund ? try await stage.paidOrder() : try await stage.order()
            let command =
                isRefund
                ? ["order", "refund", id, "--amount", "20.50"] : ["pay", id, "--uid", "u", "--method", "card-approve"]
            let descriptor = open("\(stage.store)-lock", O_RDWR)
            try #require(descriptor >= 0)
            defer { close(descriptor) }
            // The store becomes unwritable while money moves.
            let run = await stage.qrpay(command) { context in
                let transport = Interrupted(stage.transport, before: "/operations/\(isRefund ? 3 : 1)") {
                    _ = flock(descriptor, LOCK_EX)
                }
                context.makeTransport = { transport }
            }
            flock(descriptor, LOCK_UN)
            run.failed(6, "store_locked", "the \(isRefund ? "refund" : "payment") was begun (operation ")
            #expect(run.stderr.contains("may have gone through"), "\(run)")
            #expect(!run.stderr.contains("nothing"), "\(run)")
            // The process that held the task's lease is still alive here.
            stage.clock.advance(bySeconds: 31)
            if isRefund {
                // Without a key, a repeat could be a second refund.
                await stage.expectFailure(command, 4, "refund_repeated")
            } else {
                try await stage.qrpay(command).succeeded()
            }
            try await stage.settle()
            if isRefund {
                #expect(try await stage.partners().invoices.map(\.refunded) == ["20.50"])
            } else {
                try await stage.expectPaidOnce(id)
            }
        }
    }

    @Test func `a payment that cannot be begun is not`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            let descriptor = open("\(stage.store)-lock", O_RDWR)
            try #require(descriptor >= 0 && flock(descriptor, LOCK_EX) == 0)
            defer { close(descriptor) }
            let run = await stage.qrpay("pay", id, "--uid", "u", "--method", "card-approve")
            run.failed(6, "store_locked", "this command did not begin the payment")
            #expect(run.stderr.contains("never begins a second one"), "\(run)")
            #expect(try await stage.partners().invoices.isEmpty)
            await stage.qrpay("order", "cancel", id).failed(
                6, "store_locked", "this command did not begin the cancellation")
        }
    }
}
