import Explorer
import Glibc
import PaymentPartners
import PaymentSandbox
import TestSupport
import Testing

/// `kill -9` at any moment, and many concurrent processes: everything happens exactly once.
@Suite struct CrashTests {
    /// Where a payment waits for an answer; the request has arrived when it is killed.
    struct Moment: Sendable, CustomTestStringConvertible {
        var name: String
        var partner: Partner
        var method = "PUT"
        var route: String
        /// Whether the request takes effect before the answer is lost.
        var happens = true
        var testDescription: String { name }
    }

    static let moments = [
        Moment(name: "creating the Eda order", partner: .eda, route: "/v1/orders"),
        Moment(name: "creating the invoice", partner: .transactions, route: "/v1/invoices"),
        Moment(name: "before the hold", partner: .transactions, route: "/v1/invoices/*/operations/1", happens: false),
        Moment(name: "after the hold", partner: .transactions, route: "/v1/invoices/*/operations/1"),
        Moment(name: "before the clear", partner: .transactions, route: "/v1/invoices/*/operations/2", happens: false),
        Moment(name: "after the clear", partner: .transactions, route: "/v1/invoices/*/operations/2"),
        Moment(name: "handing over the items", partner: .eda, route: "/v1/documents"),
        Moment(name: "accruing the cashback", partner: .cashback, route: "/v1/entries"),
    ]

    @Test(arguments: moments)
    func `a killed payment is finished once`(_ moment: Moment) async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let id = try await stage.order()
            // The answer never comes; the process waits for it until it is killed.
            try await stage.inject(
                FaultRule(
                    partner: moment.partner, method: moment.method, route: moment.route, first: 1,
                    kind: moment.happens ? .effectThenTimeout : .latency, milliseconds: 700))
            let arguments = ["pay", id, "--uid", "u", "--method", "card-approve"]
            // Workers do everything `pay` does not wait for.
            let victim = try stage.start(
                moment.partner == .cashback
                    ? ["work", "--kind", "payment.settle", "--kind", "cashback.accrue"] : arguments)
            if moment.partner == .cashback {
                try await stage.qrpay(arguments + ["--no-wait"]).succeeded()
            }
            try await stage.untilPartners { $0.faults.allSatisfy { $0.matched > 0 } }
            victim.send(SIGKILL)
            #expect(await victim.exit().status == 137)

            try await stage.run(arguments).succeeded()
            try await stage.run(["work", "--drain", "--kind", "payment.settle", "--kind", "cashback.accrue"])
                .succeeded()
            try await stage.expectPaidOnce(id)
            let documents = try await stage.partners().edaDocuments
            #expect(documents.count == 1 && documents[0].items.amount == "120.50")
        }
    }

    @Test func `of eight guests one pays`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let id = try await stage.order()
            let runs = try await Self.atOnce(8) { number in
                try await stage.run(["pay", id, "--uid", "guest-\(number)", "--method", "card-approve", "--json"])
            }
            #expect(runs.map(\.status).sorted() == [0] + Array(repeating: 4, count: 7), "\(runs)")
            for run in runs where run.status != 0 { run.failed(4, "order_taken") }
            try await stage.settle()
            try await stage.expectPaidOnce(id)
            #expect(try await stage.partners().invoices.count == 1)
        }
    }

    @Test func `eight times the same guest is one payment`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            let runs = try await Self.atOnce(8) { _ in
                try await stage.run(["pay", id, "--uid", "u", "--method", "card-approve"])
            }
            #expect(runs.allSatisfy { $0.status == 0 }, "\(runs)")
            try await stage.expectPaidOnce(id, cashback: nil)
        }
    }

    @Test func `two workers share one store`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            var orders: [String] = []
            for number in 1...12 {
                let id = try await stage.order(Stage.bill("b-\(number)"))
                try await stage.qrpay("pay", id, "--uid", "u", "--method", "card-approve", "--no-wait").succeeded()
                orders.append(id)
            }
            let runs = try await Self.atOnce(2) { _ in
                try await stage.run([
                    "work", "--drain", "--kind", "payment.settle", "--kind", "cashback.accrue", "--concurrency", "2",
                    "--json",
                ])
            }
            #expect(runs.allSatisfy { $0.status == 0 }, "\(runs)")
            let done = try runs.reduce(0) { try $0 + ($1.json()["done"].number ?? 0) }
            #expect(done == 24, "each task was done once\n\(runs)")
            for order in orders { try await stage.expectPaidOnce(order) }
        }
    }

    @Test func `processes that create the keys concurrently agree`() async throws {
        try await Stage.run { stage async throws in
            let bill = try stage.file("bill.json", Stage.bill())
            let runs = try await Self.atOnce(6) { _ in
                try await stage.run(["preorder", "create", bill, "--json"])
            }
            let links = try runs.map { try $0.succeeded().json()["deeplink"] }
            #expect(Set(links).count == 1, "\(runs)")
            #expect(try runs.count { try $0.json()["is_new"] == true } == 1, "\(runs)")
        }
    }

    private static func atOnce(
        _ count: Int, _ body: @escaping @Sendable (Int) async throws -> CommandRun
    ) async throws -> [CommandRun] {
        try await withThrowingTaskGroup(of: CommandRun.self) { group in
            for number in 1...count { group.addTask { try await body(number) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}
