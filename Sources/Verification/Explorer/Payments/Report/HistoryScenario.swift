import JSONKit
import PaymentCore
package import Simulator

extension ScenarioFile {
    /// An explored history as a scenario: the external events in the same order.
    ///
    /// Over HTTP the effects within one request cannot be scheduled; overlapping requests are sent concurrently, and a
    /// lost answer is that partner's next one. ``explored`` keeps the history itself, for exact replay.
    /// - Throws: ``ReplayError`` for a violation with an invalid token.
    package init(_ violation: Violation) throws(ReplayError) {
        let saved = try SavedHistory(violation)
        let broken = saved.breaks.map(\.rawValue).joined(separator: ", ")
        self.init(name: "explored", summary: broken.isEmpty ? "An explored history" : "An explored history: \(broken)")
        explored = saved.value
        system.workers = 0
        system.hasCallbacks = false
        restaurants = [Self.standardRestaurant: Restaurant(cashback: Percent.explored)]
        steps = [ScenarioStep(.bill, id: "dinner", ["amount": "120.00"])]
        let acts = violation.history.moments.flatMap { $0.begun + [$0.act].compactMap(\.self) }
        var rest = acts[...]
        while let act = rest.popFirst() {
            if case .loseAnswer = act { continue }
            var presses = [act]
            while act.isPress, let next = rest.first, next.isPress {
                presses.append(next)
                rest.removeFirst()
            }
            // Faults of requests until the next external event are added before it.
            while case .loseAnswer(let partner)? = rest.first {
                steps.append(
                    ScenarioStep(
                        .fault,
                        ["partner": partner, "kind": "effect_then_reset", "first": 1]))
                rest.removeFirst()
            }
            let done = presses.compactMap(\.step)
            steps += done.count > 1 ? [ScenarioStep(.together, branches: done.map { [$0] })] : done
            // In the seed designs the request itself calls the partners; in production a worker does.
            if act.isPress, saved.variant != Variant.production.name { steps.append(ScenarioStep(.work)) }
        }
        steps += [ScenarioStep(.workers, ["count": 8]), ScenarioStep(.quiet, expect: .outcome(["quiet"]))]
    }
}

extension Percent {
    /// The cashback percentage of explored orders.
    fileprivate static let explored = try? Percent("30")
}

extension SavedHistory {
    /// The member of a scenario file.
    fileprivate var value: JSONObject {
        var scenario = JSONObject()
        for (name, number) in zip(Scenario.numberNames, self.scenario.numbers) { scenario[name] = number }
        scenario["cards"] = self.scenario.cards
        if self.scenario.isolation != .serial { scenario["isolation"] = self.scenario.isolation.rawValue }
        return [
            "format": format, "variant": variant, "scenario": scenario, "breaks": breaks.map(\.rawValue),
            "steps": steps, "token": token,
        ]
    }
}

extension PaymentAct {
    fileprivate var isPress: Bool { if case .press = self { true } else { false } }

    /// Nil for a fault within a step.
    fileprivate var step: ScenarioStep? {
        let order = ("order", JSONValue.string("${dinner.order_id}"))
        func step(_ kind: StepKind, _ fields: [(String, JSONValue)]) -> ScenarioStep {
            ScenarioStep(kind, JSONObject(fields.map { JSONObject.Member(name: $0.0, value: $0.1) }))
        }
        switch self {
        case .press(let uid, let card):
            return step(.pay, [order, ("guest", .string(uid)), ("card", .string(card)), ("wait", .bool(false))])
        case .refund: return step(.refund, [order, ("amount", .string("80.00")), ("wait", .bool(false))])
        case .report(let uid, let operation):
            return step(
                .report,
                [
                    order, ("guest", .string(uid)), ("operation", .number("\(operation.number)")),
                    ("kind", .string(operation.kind.rawValue)), ("status", .string(operation.status.rawValue)),
                ])
        case .advance(let seconds): return step(.advance, [("seconds", .number("\(Int(seconds.rounded(.up)))"))])
        case .decide(let uid, let number, let status):
            let words: [PaymentOperation.Status: String] = [.failed: "failed", .voided: "lapsed"]
            return step(
                .decide,
                [
                    order, ("guest", .string(uid)), ("operation", .number("\(number)")),
                    ("status", .string(words[status] ?? "succeeded")),
                ])
        case .work: return step(.work, [])
        case .restartWorkers: return step(.workers, [("count", .number("0"))])
        case .loseAnswer: return nil
        }
    }
}
