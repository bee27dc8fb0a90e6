import JSONKit
import PaymentCore

/// Checks across fields: dangling references, duplicate ids, guests and restaurants that do
/// not take part.
struct ScenarioCheck {
    private let scenario: ScenarioFile
    private let restaurants: [String]

    init(_ scenario: ScenarioFile) {
        self.scenario = scenario
        restaurants = scenario.participants
    }

    func run(_ flaws: ScenarioField.Flaws) {
        var ids: [String: String] = [:]
        for step in scenario.steps { checkIDs(step, &ids, flaws) }
        var known: [String: StepKind] = [:]
        for step in scenario.steps { check(step, &known, all: Set(ids.keys), flaws) }
        for id in scenario.expect.orders.keys.sorted() where known[id] != .bill {
            let bills = known.filter { $0.value == .bill }.keys.sorted()
            flaws.add("expect.orders.\(id)", "no bill has this id\(ScenarioField.hint(id, bills))")
        }
    }

    private func checkIDs(_ step: ScenarioStep, _ ids: inout [String: String], _ flaws: ScenarioField.Flaws) {
        if let id = step.id, let other = ids.updateValue(step.place, forKey: id) {
            flaws.add("\(step.place).id", "'\(id)' is already used by \(other)")
        }
        for step in step.branches.joined() { checkIDs(step, &ids, flaws) }
    }

    /// - Parameter known: the steps done before this one.
    private func check(
        _ step: ScenarioStep, _ known: inout [String: StepKind], all: Set<String>, _ flaws: ScenarioField.Flaws
    ) {
        for member in step.fields.members {
            let place = "\(step.place).\(member.name)"
            for text in member.value.strings ?? [] { checkReferences(text, place, known, all, flaws) }
            guard !member.value.holdsReference, let name = member.value.string else { continue }
            switch step.kind.fields.first(where: { $0.name == member.name })?.form {
            case .restaurant? where !restaurants.contains(name):
                flaws.add(place, "restaurant '\(name)' is not in the scenario\(ScenarioField.hint(name, restaurants))")
            case .guest? where !scenario.guests.isEmpty && scenario.guests[name] == nil:
                let guests = scenario.guests.keys.sorted()
                flaws.add(place, "guest '\(name)' is not in the scenario\(ScenarioField.hint(name, guests))")
            default: break
            }
        }
        checkMeaning(step, flaws)
        // Other branches cannot refer to a branch's steps before all have ended.
        var done = known
        for branch in step.branches {
            var own = known
            for step in branch { check(step, &own, all: all, flaws) }
            done.merge(own) { $1 }
        }
        known = done
        if let id = step.id { known[id] = step.kind }
    }

    private func checkReferences(
        _ text: String, _ place: String, _ known: [String: StepKind], _ all: Set<String>, _ flaws: ScenarioField.Flaws
    ) {
        do {
            for reference in try Reference.all(in: text) {
                guard let kind = known[reference.step] else {
                    let why =
                        all.contains(reference.step)
                        ? "step '\(reference.step)' is not done before this one"
                        : "step '\(reference.step)' not found"
                            + ScenarioField.hint(reference.step, known.keys.sorted())
                    flaws.add(place, "\(reference.text): \(why)")
                    continue
                }
                guard !kind.results.contains(reference.field) else { continue }
                flaws.add(
                    place,
                    "\(reference.text): a \(kind.rawValue) has no '\(reference.field)'"
                        + ScenarioField.hint(reference.field, kind.results))
            }
        } catch {
            flaws.add(place, "'\(text)' is not a reference: write ${step.field}")
        }
    }

    /// Constraints between fields.
    private func checkMeaning(_ step: ScenarioStep, _ flaws: ScenarioField.Flaws) {
        switch step.kind {
        case .bill:
            let ways = ["amount", "bill", "file"].filter { step.fields[$0] != nil }
            if ways.count != 1 { flaws.add(step.place, "a bill needs exactly one of amount, bill and file") }
            if ways == ["amount"], step.fields["restaurant"] == nil, restaurants.count != 1 {
                flaws.add("\(step.place).restaurant", "missing: there are several restaurants")
            }
        case .fault where step.fields["probability"] != nil && step.fields["first"] != nil:
            flaws.add(step.place, "probability and first cannot be given together")
        case .pay where step.fields["card"] == nil:
            let uid = step.fields["guest"]?.string ?? ""
            if scenario.guests[uid]?.cards.isEmpty ?? true {
                flaws.add("\(step.place).card", "missing: guest '\(uid)' has no default card")
            }
        default: break
        }
    }
}

extension ScenarioField.Flaws {
    fileprivate func add(_ place: String, _ message: String) {
        all.append(ScenarioFlaw(place: place, message: message))
    }
}
