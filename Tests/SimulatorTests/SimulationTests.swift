import HTTPKit
import PaymentAPI
import PaymentCore
import Payments
import TestSupport
import Testing
import WorldKit

@testable import Simulator

/// Scenarios run against a server, workers and a sandbox within this process, over loopback.
@Suite struct SimulationTests {
    private static let world = World(
        now: {
            Instant(microseconds: Int64(ContinuousClock.now.secondsSinceStart * 1_000_000) + 1_700_000_000_000_000)
        },
        sleep: { try await Task.sleep(for: .seconds($0)) },
        randomBytes: { count in (0..<count).map { _ in UInt8.random(in: .min ... .max) } },
        newID: {
            let digits = String(UInt128.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 32 - digits.count) + digits
        })

    /// Runs a scenario on its own system.
    private func run(
        _ scenario: ScenarioFile, _ adjust: (inout SimulatedSystem) -> Void = { _ in }
    ) async throws -> SimulationReport {
        let directory = try TemporaryDirectory()
        let system = try await OwnSystem.open(
            scenario, OwnSystem.Place(directory: directory.path, isKept: false), world: Self.world,
            makeTransport: { CurlTransport() })
        var seen = system
        adjust(&seen)
        let result: Result<SimulationReport, any Error>
        do {
            result = .success(
                try await Simulation(scenario, on: seen, runID: "test", readFile: { _ in Array(Self.file.utf8) }).run())
        } catch {
            result = .failure(error)
        }
        await system.own?.close()
        return try result.get()
    }

    private static let file = #"""
        {"client_id": "cafe", "internal_order_id": "7", "bill": {"currency": "RUB", "amount": "10.50",
         "elements": [{"name": "Soup", "amount": "10.50"}]}}
        """#

    private func scenario(_ json: String) throws -> ScenarioFile { try ScenarioFile(json: Array(json.utf8)) }

    @Test(arguments: [
        "two-guests", "declined-then-other", "late-success", "double-click", "callback-storm", "concurrent-refunds",
        "worker-restarts",
    ])
    func `built in scenarios come true`(_ name: String) async throws {
        let report = try await run(try ScenarioFile(json: try #require(BuiltInScenario.named(name)).json))
        #expect(report.hasHeld && report.pending.isEmpty, "\(report.violations) \(report.missed) \(report.pending)")
        #expect(report.invariants.count == 17 && report.invariants.allSatisfy { $0.unchecked == nil })
        #expect(!report.expectations.isEmpty && !report.ids.isEmpty)
    }

    @Test func `a false report breaks an invariant`() async throws {
        let report = try await run(
            try scenario(
                #"""
                {"timeout_seconds": 8, "steps": [
                  {"id": "dinner", "do": "bill", "amount": "120"},
                  {"do": "pay", "order": "${dinner.order_id}", "guest": "anna", "card": "card-3ds", "wait": false},
                  {"do": "report", "order": "${dinner.order_id}", "guest": "anna", "operation": 1, "kind": "hold",
                   "status": "succeeded", "expect": "duplicate"}],
                 "expect": {"statuses": {"CLEARED": 1}, "taken": "120"}}
                """#))
        let broken = try #require(report.violations.first, "\(report)")
        #expect(broken.invariant == "outcome_not_guessed" && broken.uid == "anna" && broken.step == "dinner")
        #expect(broken.orderID == report.ids["dinner"]?["order_id"])
        #expect(
            report.missed.map(\.place) == ["steps[2]", "expect.statuses.CLEARED", "expect.taken"], "\(report.missed)")
        #expect(report.pending.contains { $0.contains("payment.settle") }, "\(report.pending)")
        #expect(report.invariants.contains { $0.name == "sides_agree" && $0.unchecked != nil })
        #expect(!report.hasHeld)
    }

    @Test func `workers can be led step by step`() async throws {
        let report = try await run(
            try scenario(
                #"""
                {"system": {"workers": 0, "callbacks": false, "receipt_delay_seconds": 0}, "steps": [
                  {"id": "dinner", "do": "bill", "file": "bill.json"},
                  {"do": "pay", "order": "${dinner.deeplink}", "guest": "anna", "card": "card-approve", "wait": false,
                   "expect": "WAITING"},
                  {"do": "poll", "order": "${dinner.order_id}", "expect": "WAITING"},
                  {"do": "pay", "order": "${dinner.order_id}", "guest": "boris", "card": "card-approve",
                   "expect": "order_taken"},
                  {"do": "work", "expect": "done"},
                  {"do": "poll", "order": "${dinner.order_id}", "expect": "PAYED"},
                  {"do": "cancel", "order": "${dinner.order_id}", "expect": "state_forbids"},
                  {"do": "workers", "count": 2}, {"do": "quiet", "expect": "quiet"},
                  {"id": "tea", "do": "bill", "amount": "5", "currency": "EUR"},
                  {"do": "advance", "seconds": 7200}, {"do": "quiet", "expect": "quiet"},
                  {"do": "pay", "order": "${tea.order_id}", "guest": "anna", "card": "card-approve",
                   "expect": ["order_expired", "state_forbids"]}],
                 "expect": {"orders": {"dinner": {"taken": "10.5", "receipts": 1}, "tea": {"status": "EXPIRED"}}}}
                """#))
        #expect(report.hasHeld && report.pending.isEmpty, "\(report.violations) \(report.missed) \(report.pending)")
    }

    @Test func `the run can time out`() async throws {
        let report = try await run(
            try scenario(
                #"""
                {"timeout_seconds": 5, "steps": [{"id": "dinner", "do": "bill", "amount": "1"},
                 {"id": "long", "do": "pause", "seconds": 100}]}
                """#))
        #expect(report.pending == ["step long"] && report.hasHeld, "\(report)")
    }

    @Test func `an unreadable side is not checked`() async throws {
        let two = try ScenarioFile(json: try #require(BuiltInScenario.named("two-guests")).json)
        let outside = try await run(two) { system in
            system.services = nil
            system.own = nil
        }
        let checked = outside.invariants.filter { $0.unchecked == nil }.map(\.name)
        #expect(checked.contains("one_clear") && !checked.contains("payer_kept") && outside.violations.isEmpty)
        #expect(outside.missed.isEmpty && outside.expectations.contains { $0.unchecked != nil })

        let nothing = try await run(two) { system in
            (system.services, system.own, system.sandbox) = (nil, nil, nil)
        }
        #expect(nothing.invariants.allSatisfy { $0.unchecked != nil })

        let half = try await run(two) { $0.sandbox = nil }
        #expect(half.invariants.filter { $0.unchecked != nil }.map(\.name).contains("sides_agree"))
        #expect(half.violations.isEmpty && half.missed.isEmpty, "\(half)")
    }

    @Test func `inaccessible steps are refused beforehand`() async throws {
        let asked = try scenario(
            #"""
            {"restaurants": {"bar": {}}, "steps": [{"id": "x", "do": "bill", "amount": "1"},
             {"do": "refund", "order": "${x.order_id}"}, {"do": "heal"}, {"do": "workers", "count": 1}]}
            """#)
        _ = try await run(try scenario(#"{"steps": [{"do": "heal"}]}"#)) { system in
            (system.services, system.own, system.sandbox) = (nil, nil, nil)
            #expect(
                system.refusals(of: asked).map(\.place) == ["steps[1]", "steps[2]", "steps[3]", "restaurants.bar"])
            system.sandbox = nil
        }
    }

    @Test func `a lost server ends the run`() async throws {
        let two = try ScenarioFile(json: try #require(BuiltInScenario.named("two-guests")).json)
        do {
            _ = try await run(two) { system in
                system.connection = APIConnection(url: "http://127.0.0.1:1", transport: system.transport)
            }
            Issue.record("it went on")
        } catch let problem as Problem {
            #expect(problem.kind == .partner && problem.code == "server_unreachable")
        }
    }

    @Test func `percentiles are nearest ranks`() throws {
        let latency = try #require(SimulationReport.Latency(seconds: (1...200).map { Double($0) / 1000 }.shuffled()))
        #expect(latency == .init(count: 200, p50: 100, p95: 190, p99: 198, maximum: 200))
        #expect(SimulationReport.Latency(seconds: [0.5]) == .init(count: 1, p50: 500, p95: 500, p99: 500, maximum: 500))
        #expect(SimulationReport.Latency(seconds: []) == nil)
    }
}

extension ContinuousClock.Instant {
    private static let start = ContinuousClock.now

    fileprivate var secondsSinceStart: Double {
        let (seconds, attoseconds) = (self - Self.start).components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
