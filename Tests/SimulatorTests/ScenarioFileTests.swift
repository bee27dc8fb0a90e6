import JSONKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Testing

@testable import Simulator

/// Scenario files: reading, checking, writing, expansion.
@Suite struct ScenarioFileTests {
    struct Case: CustomTestStringConvertible {
        var json: String
        /// Each is one flaw, place and message.
        var flaws: [String]
        var testDescription: String { flaws.first ?? json }

        init(_ json: String, _ flaws: String...) { (self.json, self.flaws) = (json, flaws) }
    }

    private static let bill = #"{"id": "dinner", "do": "bill", "amount": "120"}"#

    private static func steps(_ steps: String...) -> String { #"{"steps": [\#(steps.joined(separator: ", "))]}"# }

    @Test(arguments: [
        Case("", "line 1: not valid JSON: unexpected end of text"),
        Case("{\"seed\": 1,\n \"seed\": 2}", "line 2: not valid JSON: \"seed\" appears twice"),
        Case("[]", "must be an object"),
        Case("{}", "steps: missing: a scenario needs steps"),
        Case(#"{"steps": {}}"#, "steps: must be a list"),
        Case(#"{"stepz": [], "steps": []}"#, "stepz: unknown field; did you mean 'steps'?"),
        Case(
            #"{"name": "a b", "seed": -1, "timeout_seconds": "soon", "steps": []}"#,
            "name: must be 1 to 64 of A-Z a-z 0-9 . _ -", "seed: must be a whole number from 0",
            "timeout_seconds: must be seconds, or a list of minimum and maximum"),
        Case(
            #"{"system": {"worker": 1, "workers": 257}, "steps": []}"#,
            "system.worker: unknown field; did you mean 'workers'?",
            "system.workers: must be a whole number from 0 to 256"),
        Case(
            #"{"restaurants": {"cafe": {"cashback": "101"}}, "steps": []}"#,
            #"restaurants.cafe.cashback: "101" is not between 0 and 100"#),
        Case(
            #"{"faults": [{"partner": "eda", "kind": "reset", "probability": 2}], "steps": []}"#,
            "faults[0]: invalid fault: probability: not 0 to 1"),
        Case(steps("7"), "steps[0]: must be an object: a step"),
        Case(steps(#"{"do": "bil"}"#), "steps[0].do: unknown step 'bil'; did you mean 'bill'?"),
        Case(
            steps(#"{"do": "pay", "order": 5, "guest": "a b", "crd": "x", "card": []}"#),
            "steps[0].crd: unknown field; did you mean 'card'?", "steps[0].order: must be a text",
            "steps[0].guest: must be a guest's uid"),
        Case(
            steps(#"{"do": "pause", "seconds": [3, 1]}"#),
            "steps[0].seconds: must be seconds, or a list of minimum and maximum"),
        Case(
            steps(#"{"do": "together", "branches": [[{"do": "heal"}, {"do": "sleep"}]]}"#),
            "steps[0].branches[0][1].do: unknown"),
        Case(steps(#"{"do": "bill"}"#), "steps[0]: a bill needs exactly one of amount, bill and file"),
        Case(
            steps(bill, #"{"id": "dinner", "do": "heal"}"#), "steps[1].id: 'dinner' is already used by steps[0]"),
        Case(
            steps(bill, #"{"do": "poll", "order": "${diner.order_id}"}"#),
            "steps[1].order: ${diner.order_id}: step 'diner' not found; did you mean 'dinner'?"),
        Case(
            steps(bill, #"{"do": "poll", "order": "${dinner.orderid}"}"#),
            "steps[1].order: ${dinner.orderid}: a bill has no 'orderid'; did you mean 'order_id'?"),
        Case(
            steps(#"{"do": "poll", "order": "${dinner.order_id}"}"#, bill),
            "steps[0].order: ${dinner.order_id}: step 'dinner' is not done before this one"),
        Case(
            steps(#"{"do": "together", "branches": [\#(bill), {"do": "poll", "order": "${dinner.order_id}"}]}"#),
            "steps[0].branches[1].order: ${dinner.order_id}: step 'dinner' is not done before this one"),
        Case(
            steps(#"{"do": "poll", "order": "${dinner"}"#),
            "steps[0].order: '${dinner' is not a reference: write ${step.field}"),
        Case(
            steps(bill, #"{"do": "pay", "order": "x", "guest": "anna"}"#),
            "steps[1].card: missing: guest 'anna' has no default card"),
        Case(
            #"{"guests": {"anna": {}}, "steps": [{"do": "look", "order": "x", "guest": "ana"}]}"#,
            "steps[0].guest: guest 'ana' is not in the scenario; did you mean 'anna'?"),
        Case(
            #"{"restaurants": {"bar": {}, "cafe": {}}, "steps": [\#(bill)]}"#,
            "steps[0].restaurant: missing: there are several restaurants"),
        Case(
            #"{"steps": [\#(bill)], "expect": {"orders": {"diner": {}}}}"#,
            "expect.orders.diner: no bill has this id; did you mean 'dinner'?"),
        Case(
            #"{"steps": [\#(bill)], "expect": {"statuses": {"PAYED": 1}}}"#,
            "expect.statuses: unknown status 'PAYED'"),
    ])
    func `every flaw names its place`(_ example: Case) {
        do {
            _ = try ScenarioFile(json: Array(example.json.utf8))
            Issue.record("nothing was wrong with \(example.json)")
        } catch {
            let found = error.flaws.map(\.description)
            for flaw in example.flaws {
                #expect(found.contains { $0.hasPrefix(flaw) || $0 == ": " + flaw }, "not '\(flaw)' in \(found)")
            }
        }
    }

    @Test(arguments: BuiltInScenario.all.map(\.name))
    func `a written scenario is read back`(_ name: String) throws {
        let scenario = try ScenarioFile(json: try #require(BuiltInScenario.named(name)).json)
        #expect(scenario.name == name && !scenario.summary.isEmpty)
        #expect(try ScenarioFile(json: Array(scenario.json.utf8)) == scenario, "\(scenario.json)")
    }

    @Test func `a scenario made in code is read back`() throws {
        var scenario = ScenarioFile(name: "made", summary: "\"Quoted\", a tab\t and two\nlines")
        scenario.system.hasCallbacks = false
        scenario.system.workers = 0
        scenario.guests = ["anna": .init(cards: ["card-decline", "card-approve"])]
        scenario.faults = [FaultRule(partner: .eda, probability: 0.25, kind: .latency, milliseconds: 10, seed: 3)]
        scenario.steps = [
            ScenarioStep(.bill, id: "dinner", ["amount": "120.00"], place: "steps[0]"),
            ScenarioStep(
                .together,
                branches: [
                    [
                        ScenarioStep(
                            .pay, ["order": "${dinner.order_id}", "guest": "anna", "wait": false], after: 0.5...1,
                            expect: .outcome(["WAITING"]), place: "steps[1].branches[0]")
                    ],
                    [
                        ScenarioStep(.work, ["limit": 2], place: "steps[1].branches[1][0]"),
                        ScenarioStep(.quiet, after: 2...2, place: "steps[1].branches[1][1]"),
                    ],
                ], expect: .counts(["WAITING": 1]), place: "steps[1]"),
        ]
        scenario.expect.orders["dinner"] = FinalExpectation.Order()
        scenario.expect.statuses = [.holding: 1]
        #expect(try ScenarioFile(json: Array(scenario.json.utf8)) == scenario, "\(scenario.json)")
    }

    @Test func `the seed decides everything`() throws {
        var rush = try ScenarioFile(json: try #require(BuiltInScenario.named("lunch-rush")).json)
        let first = rush.expanded
        #expect(first == rush.expanded)
        #expect(first.allSteps.count { $0.kind == .look } == 2000, "a thousand guests at two checks each")
        rush.seed += 1
        #expect(first.steps != rush.expanded.steps)
    }

    @Test func `an expanded crowd is a valid scenario`() throws {
        var scenario = try ScenarioFile(
            json: Array(
                #"""
                {"steps": [{"id": "few", "do": "crowd", "guests": 5, "visits": 2, "think_seconds": [0, 1],
                  "parties": {"2": 1}, "double_clicks": 1, "refunds": 1, "amounts": ["10", "10"]}]}
                """#.utf8)
        ).expanded
        for index in scenario.steps.indices { scenario.steps[index].expect = nil }
        let written = try ScenarioFile(json: Array(scenario.json.utf8))
        #expect(written.allSteps.map(\.kind) == scenario.allSteps.map(\.kind))
        #expect(written.allSteps.count { $0.kind == .bill } == 6)
        #expect(written.allSteps.filter { $0.kind == .bill }.allSatisfy { $0.fields["amount"] == "10.00" })
    }

    @Test func `chance is fair and its own`() {
        var (first, same, other) = (Chance(seed: 1, "a"), Chance(seed: 1, "a"), Chance(seed: 1, "b"))
        let shares = (0..<1000).map { _ in first.share() }
        #expect(shares == (0..<1000).map { _ in same.share() })
        #expect(shares != (0..<1000).map { _ in other.share() })
        #expect(shares.allSatisfy { (0..<1).contains($0) })
        #expect((0.45...0.55).contains(shares.reduce(0, +) / 1000))
        let choices = (0..<1000).map { _ in other.choice([("never", 0), ("often", 3), ("seldom", 1)]) }
        #expect(!choices.contains("never") && (650...850).contains(choices.count { $0 == "often" }))
        #expect(other.choice([("never", 0)]) == nil)
    }
}
