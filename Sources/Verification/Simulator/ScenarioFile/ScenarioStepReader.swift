import JSONKit
import PaymentCore

extension ScenarioStep {
    /// The fields common to all steps.
    static let commonNames = ["id", "do", "after_seconds", "expect", "note"]

    /// - Parameter left: the number of further steps allowed.
    static func list(_ fields: [ScenarioField], _ left: inout Int) -> [ScenarioStep] {
        var steps: [ScenarioStep] = []
        for field in fields {
            left -= 1
            guard left >= 0 else {
                field.flaw("too many steps")
                return steps
            }
            if let step = ScenarioStep(field, &left) { steps.append(step) }
        }
        return steps
    }

    private init?(_ field: ScenarioField, _ left: inout Int) {
        guard let object = field.value?.object else {
            field.flaw("must be an object: a step")
            return nil
        }
        let kinds = StepKind.allCases.map(\.rawValue)
        guard let word = field["do"].value?.string else {
            field["do"].flaw("missing: must be one of " + kinds.joined(separator: ", "))
            return nil
        }
        guard let kind = StepKind(rawValue: word) else {
            field["do"].flaw("unknown step '\(word)'\(ScenarioField.hint(word, kinds))")
            return nil
        }
        self.init(kind, place: field.path)
        _ = field.checkObject(of: Self.commonNames + kind.fields.map(\.name))
        id = field["id"].read(.identifier, \.string)
        after = field["after_seconds"].read(.seconds, \.seconds)
        expect = StepExpectation(field["expect"], of: kind)
        for known in kind.fields {
            let place = field[known.name]
            guard let value = place.value else {
                if known.isRequired { place.flaw("missing: \(known.summary)") }
                continue
            }
            if known.form == .branches { continue }
            guard value.holdsReference || known.form.accepts(value) else {
                place.flaw("must be \(known.form.words)")
                continue
            }
        }
        fields = JSONObject(
            object.members.filter { member in
                member.value != .null && kind.fields.contains { $0.name == member.name && $0.form != .branches }
            })
        guard kind == .together else { return }
        for branch in field["branches"].list() {
            let isList = branch.value?.elements != nil
            branches.append(Self.list(isList ? branch.elements : [branch], &left))
        }
    }
}

extension StepExpectation {
    init?(_ field: ScenarioField, of kind: StepKind) {
        guard let value = field.value else { return nil }
        switch kind {
        case .together, .crowd:
            self = .counts(field.counts())
        default:
            guard let words = value.strings, !words.isEmpty else {
                field.flaw("must be an outcome (a status or an error code), or a list of them")
                return nil
            }
            self = .outcome(words)
        }
    }
}

extension JSONValue {
    /// Whether it is a text that contains a reference.
    var holdsReference: Bool { string?.contains("${") ?? false }
}
