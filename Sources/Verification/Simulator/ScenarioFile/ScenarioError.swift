import JSONKit
import PaymentCore

/// An error in a scenario, with its place.
package struct ScenarioFlaw: Hashable, Sendable, CustomStringConvertible {
    /// A path of names and indices from 0, `steps[2].card`; empty for the whole.
    package var place: String
    package var message: String

    package var description: String { place.isEmpty ? message : "\(place): \(message)" }
}

/// An invalid scenario, with every flaw found.
package struct ScenarioError: Error, Hashable, Sendable, CustomStringConvertible {
    /// At least one, in file order.
    package var flaws: [ScenarioFlaw]

    package var description: String { flaws.map(\.description).joined(separator: "\n") }
}

/// A place in a scenario's JSON, and the flaws found so far.
struct ScenarioField {
    final class Flaws {
        var all: [ScenarioFlaw] = []
    }

    let value: JSONValue?
    let path: String
    let flaws: Flaws

    func flaw(_ message: String) { flaws.all.append(ScenarioFlaw(place: path, message: message)) }

    subscript(_ name: String) -> ScenarioField {
        ScenarioField(
            value: value?.object?[name].flatMap { $0 == .null ? nil : $0 },
            path: path.isEmpty ? name : "\(path).\(name)",
            flaws: flaws)
    }

    /// The elements of a list.
    var elements: [ScenarioField] {
        (value?.elements ?? []).enumerated().map {
            ScenarioField(value: $1, path: "\(path)[\($0)]", flaws: flaws)
        }
    }

    /// The members of an object.
    var members: [(name: String, field: ScenarioField)] {
        (value?.object?.members ?? []).map { ($0.name, self[$0.name]) }
    }

    /// Refuses anything but an object of these members.
    /// - Returns: whether it is an object.
    func checkObject(of names: [String]) -> Bool {
        guard let value else { return false }
        guard let object = value.object else {
            flaw("must be an object")
            return false
        }
        for member in object.members where !names.contains(member.name) {
            self[member.name].flaw("unknown field\(Self.hint(member.name, names))")
        }
        return true
    }

    /// The value here, if it has the form.
    func read<Value>(_ form: FieldForm, _ convert: (JSONValue) -> Value?) -> Value? {
        guard let value else { return nil }
        guard form.accepts(value), let converted = convert(value) else {
            flaw("must be \(form.words)")
            return nil
        }
        return converted
    }

    /// `"; did you mean 'guest'?"` if a candidate is similar, else the candidates.
    static func hint(_ word: String, _ candidates: [String]) -> String {
        let near = candidates.filter { isNear(word, $0) }
        if let first = near.first { return "; did you mean '\(first)'?" }
        return candidates.isEmpty ? "" : "; known are " + candidates.joined(separator: ", ")
    }

    /// One is a prefix of the other, or they differ in at most two letters.
    private static func isNear(_ a: String, _ b: String) -> Bool {
        if a.count >= 3, b.hasPrefix(a) || a.hasPrefix(b) { return true }
        let difference = Array(a).difference(from: Array(b))
        return max(difference.insertions.count, difference.removals.count) <= 2
            && difference.count * 2 <= max(a.count, b.count) + 1
    }
}
