import JSONKit
import PaymentCore
import Payments

/// The fields of a step, with references resolved.
struct StepFields {
    let step: ScenarioStep
    private let results: RunResults

    init(_ step: ScenarioStep, _ results: RunResults) {
        self.step = step
        self.results = results
    }

    var kind: StepKind { step.kind }

    /// The value of a field; nil if missing.
    func value(_ name: String) throws -> JSONValue? {
        guard let value = step.fields[name] else { return nil }
        switch value {
        case .string(let text): return .string(try resolved(text, name))
        case .array(let elements):
            return .array(
                try elements.map { element in
                    if case .string(let text) = element { .string(try resolved(text, name)) } else { element }
                })
        default: return value
        }
    }

    func text(_ name: String) throws -> String? { try read(name) { $0.string ?? $0.decimal } }
    func whole(_ name: String) throws -> Int? { try read(name, \.whole) }
    func flag(_ name: String) throws -> Bool? { try read(name, \.flag) }
    func decimal(_ name: String) throws -> String? { try read(name, \.decimal) }
    func strings(_ name: String) throws -> [String]? { try read(name, \.strings) }

    func required(_ name: String) throws -> String {
        guard let text = try text(name) else { throw problem(name, "missing") }
        return text
    }

    func seconds(_ name: String) throws -> ClosedRange<Double> {
        guard let seconds = try read(name, \.seconds) else { throw problem(name, "missing") }
        return seconds
    }

    func identifier(_ name: String) throws -> String {
        let text = try required(name)
        guard Identifier.isValid(text) else { throw problem(name, "'\(text)' must be \(FieldForm.identifier.words)") }
        return text
    }

    /// The order of a step.
    func order(_ deeplinkBase: String) throws -> (id: String, link: Deeplink?, known: RunResults.KnownOrder?) {
        let text = try required("order")
        if text.contains("?") {
            guard let link = try? Deeplink(url: text, base: deeplinkBase) else {
                throw problem("order", "'\(text)' is not a deeplink")
            }
            return (link.orderID, link, results.order(link.orderID))
        }
        let known = results.order(text)
        return (text, known?.link, known)
    }

    func problem(_ name: String, _ message: String) -> Problem {
        Problem(.invalid, "bad_step", "\(step.place.isEmpty ? step.name : step.place).\(name): \(message)")
    }

    private func read<Value>(_ name: String, _ convert: (JSONValue) -> Value?) throws -> Value? {
        guard let value = try value(name) else { return nil }
        guard let converted = convert(value) else { throw problem(name, "'\(value.line)' is invalid") }
        return converted
    }

    private func resolved(_ text: String, _ name: String) throws -> String {
        guard text.contains("${") else { return text }
        var missing = ""
        let resolved = try Reference.resolve(text) { reference in
            let value = results.value(reference)
            if value == nil { missing = reference.text }
            return value
        }
        guard let resolved else { throw problem(name, "\(missing) has no value") }
        return resolved
    }
}
