import Explorer
import JSONKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import QRPayCLI
import TestSupport
import Testing
import WorldKit

/// The queue's worker.
@Suite struct WorkTests {
    @Test func `a drain runs all due tasks`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            var orders: [String] = []
            for number in 1...5 {
                let id = try await stage.order(Stage.bill("b-\(number)"))
                try await stage.qrpay("pay", id, "--uid", "u", "--method", "card-approve", "--no-wait").succeeded()
                orders.append(id)
            }
            let run = await stage.qrpay(
                "work", "--drain", "--kind", "payment.settle", "--kind", "cashback.accrue", "--concurrency", "3",
                "--json")
            let summary = try run.succeeded().json()
            #expect(
                summary.members == [
                    "done": 10, "postponed": 0, "stuck": 0, "failing": .array([]), "next_due_at": nil,
                    "left": .array([]),
                ],
                "\(run)")
            let log = try run.stderr.split(separator: "\n").map { try JSON(String($0)) }
            #expect(log.count == 10 && log.allSatisfy { $0["ending"] == "done" && $0["task_id"].text != nil }, "\(run)")
            for order in orders { try await stage.expectPaidOnce(order) }
        }
    }

    @Test func `the log names task, attempt and reason`() async throws {
        try await Stage.run(config: TaskTests.impatient) { stage async throws in
            let id = try await stage.order()
            try await stage.qrpay("pay", id, "--uid", "u", "--method", "card-approve", "--no-wait").succeeded()
            try await stage.inject(FaultRule(partner: .eda, kind: .status, status: 500))
            let run = await stage.qrpay("work", "--drain", "--kind", "payment.settle")
            #expect(run.status == 1 && run.stdout == "0 done, 1 postponed, 1 stuck\n", "\(run)")
            let lines = run.stderr.split(separator: "\n")
            #expect(lines.count == 3 && lines[..<2].allSatisfy { $0.contains(" payment.settle ") }, "\(run)")
            let task = try #require(
                try await stage.qrpay("task", "list", "--kind", "payment.settle", "--json").json()[0]["task_id"].text)
            for line in lines[..<2] {
                let words = line.split(separator: " ")
                #expect(Instant(rfc3339: String(words[0])) != nil && words[1...2] == ["task", task[...]], "\(line)")
            }
            #expect(
                lines[0].contains(" attempt 1 again at ") && lines[0].contains("(partner_failed): eda answered 500"))
            #expect(lines[1].contains(" attempt 2 stuck (partner_failed): "), "\(run)")
            #expect(lines[2].hasPrefix("left: 1 payment.settle stuck since ") && lines[2].contains("partner_failed"))
        }
    }

    @Test func `a drain reports what it leaves and why`() async throws {
        try await Stage.run(config: #"{"tasks": {"payment_settle": {"base_seconds": 60}}}"#) { stage async throws in
            let id = try await stage.order()
            try await stage.qrpay("pay", id, "--uid", "u", "--method", "card-approve", "--no-wait").succeeded()
            try await stage.inject(FaultRule(partner: .eda, first: 1, kind: .status, status: 500))
            let settle = ["work", "--drain", "--kind", "payment.settle"]
            let failing = await stage.qrpay(settle + ["--json"])
            let left = try failing.json()["left"]
            #expect(failing.status == 5 && left[0]["error_class"] == "partner_failed" && left[0]["count"] == 1)
            try await stage.qrpay("task", "pause", "payment.settle", "--reason", "Eda is down").succeeded()
            let held = try await stage.qrpay(settle).succeeded()
            #expect(
                held.stderr.contains("left: 1 payment.settle ")
                    && held.stderr.contains("paused by support since ")
                    && held.stderr.contains("because: Eda is down: qrpay task resume payment.settle"), "\(held)")
        }
    }

    @Test func `a stop ends a worker that idles`() async throws {
        try await Stage.run { stage async throws in
            let run = await stage.qrpay(["work"], adjust: { $0.stopSignal = { 15 } })
            #expect(run.status == 0 && run.stdout == "0 done, 0 postponed, 0 stuck\n", "\(run)")
        }
    }

    @Test(arguments: [(2, 130), (15, 143)] as [(Int32, Int32)])
    func `a drain that is stopped is not done`(_ signal: Int32, _ status: Int32) async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.order()
            let run = await stage.qrpay(["pay", id, "--uid", "u", "--method", "card-3ds", "--no-wait"])
            try run.succeeded()
            let drain = await stage.qrpay(["work", "--drain"], adjust: { $0.stopSignal = { signal } })
            #expect(drain.status == status, "\(drain)")
        }
    }
}
