import JSONKit
import PaymentCore

/// Many guests in parties, in many restaurants: arrival times, cards and payments are decided by
/// chance. A crowd is expanded into ordinary steps of a scenario.
struct Crowd {
    static let fields: [StepField] = [
        StepField(name: "guests", form: .whole(1...100_000), isRequired: true, summary: "the number of guests"),
        StepField(name: "visits", form: .whole(1...1000), summary: "the number of bills per party; default one"),
        StepField(name: "arrive_seconds", form: .seconds, summary: "arrival times, from and to"),
        StepField(name: "think_seconds", form: .seconds, summary: "the time between seeing the bill and paying"),
        StepField(name: "cards", form: .weights, summary: "cards by weight; default card-approve"),
        StepField(
            name: "parties", form: .weights,
            summary: "party sizes by weight, all paying the same bill; default 1"),
        StepField(
            name: "double_clicks", form: .share, summary: "the probability that a guest pays twice concurrently"),
        StepField(name: "refunds", form: .share, summary: "the probability of a partial refund"),
        StepField(
            name: "amounts", form: .amounts, summary: "the smallest and the largest bill; default 100.00 to 5000.00"
        ),
    ]

    private let step: ScenarioStep
    private let restaurants: [String]
    private var chance: Chance

    private init(_ step: ScenarioStep, in scenario: ScenarioFile) {
        self.step = step
        restaurants = scenario.participants
        chance = Chance(seed: scenario.seed, step.name)
    }

    /// The step that runs the guests of a crowd in parallel.
    static func expanded(_ step: ScenarioStep, in scenario: ScenarioFile) -> ScenarioStep {
        var crowd = Crowd(step, in: scenario)
        var together = step
        together.kind = .together
        together.fields = [:]
        together.branches = crowd.branches()
        return together
    }

    private mutating func branches() -> [[ScenarioStep]] {
        let sizes = step.fields["parties"]?.weights ?? [("1", 1)]
        var branches: [[ScenarioStep]] = []
        var guest = 0
        let count = step.fields["guests"]?.whole ?? 1
        while guest < count {
            let size = min(max(1, Int(chance.choice(sizes) ?? "") ?? 1), count - guest)
            let party = (guest..<guest + size).map { "guest-\($0 + 1)" }
            guest += size
            branches.append(
                (1...(step.fields["visits"]?.whole ?? 1)).flatMap { visit in
                    self.visit("\(step.name).\(branches.count + 1).\(visit)", party, isFirst: visit == 1)
                })
        }
        return branches
    }

    /// A bill, the members of the party who try to pay it, and possibly a refund.
    private mutating func visit(_ name: String, _ party: [String], isFirst: Bool) -> [ScenarioStep] {
        let order: JSONValue = .string("${\(name).order_id}")
        let think = step.fields["think_seconds"]?.seconds ?? 0...0
        let bill = ScenarioStep(
            .bill, id: name,
            ["restaurant": restaurants[chance.index(below: restaurants.count)], "amount": amount()],
            after: isFirst ? instant(in: step.fields["arrive_seconds"]?.seconds ?? 0...0) : nil, place: name)
        let payers = party.map { guest -> [ScenarioStep] in
            let card = chance.choice(step.fields["cards"]?.weights ?? []) ?? "card-approve"
            let place = "\(name).\(guest)"
            let common: JSONObject = ["order": order, "guest": guest]
            let look = ScenarioStep(.look, common, after: instant(in: 0...think.upperBound / 4), place: "\(place).look")
            var fields = common
            fields.members.append(.init(name: "card", value: .array([.string(card), "card-approve"])))
            let isDouble = chance.share() < (step.fields["double_clicks"]?.double ?? 0)
            if isDouble { fields.members.append(.init(name: "key", value: .string("\(place).click"))) }
            let pay = ScenarioStep(.pay, fields, after: instant(in: think), place: "\(place).pay")
            guard isDouble else { return [look, pay] }
            return [look, ScenarioStep(.together, branches: [[pay], [pay]], place: "\(place).double-click")]
        }
        var steps = [bill]
        steps += payers.count == 1 ? payers[0] : [ScenarioStep(.together, branches: payers, place: "\(name).party")]
        if chance.share() < (step.fields["refunds"]?.double ?? 0) {
            steps.append(
                ScenarioStep(
                    .refund, ["order": order, "amount": "50.00", "wait": false], place: "\(name).refund"))
        }
        return steps
    }

    private mutating func instant(in range: ClosedRange<Double>) -> ClosedRange<Double>? {
        guard range.upperBound > 0 else { return nil }
        let seconds = chance.seconds(in: range)
        return seconds...seconds
    }

    private mutating func amount() -> String {
        let bounds = step.fields["amounts"]?.amounts ?? 10_000...500_000
        let units = bounds.lowerBound + Int64(chance.index(below: Int(bounds.upperBound - bounds.lowerBound) + 1))
        return Money(minorUnits: units, currency: .rub).decimal
    }
}

extension ScenarioFile {
    /// The participating restaurants, sorted.
    var participants: [String] { restaurants.isEmpty ? [Self.standardRestaurant] : restaurants.keys.sorted() }
}

extension JSONValue {
    /// Weights by name.
    var weights: [(name: String, weight: Double)]? {
        object?.members.map { ($0.name, $0.value.double ?? 0) }
    }

    /// Two amounts of roubles, in kopecks.
    var amounts: ClosedRange<Int64>? {
        let bounds = (elements ?? []).compactMap {
            $0.decimal.flatMap { try? Money(decimal: $0, currency: .rub).minorUnits }
        }
        guard bounds.count == 2, elements?.count == 2, 0 < bounds[0], bounds[0] <= bounds[1], bounds[1] < 1 << 50 else {
            return nil
        }
        return bounds[0]...bounds[1]
    }
}
