/// A reference within a text, `${dinner.order_id}`: a field of a step's result.
package struct Reference: Hashable, Sendable {
    package var step: String
    package var field: String

    /// `${step.field}`, as written in a text.
    package var text: String { "${\(step).\(field)}" }

    /// The references in a text.
    /// - Throws: ``Malformed``.
    package static func all(in text: String) throws(Malformed) -> [Reference] {
        try parts(of: text).compactMap { if case .reference(let reference) = $0 { reference } else { nil } }
    }

    /// The text with each reference replaced.
    /// - Parameter value: returns nil for a missing value, which stops the replacement.
    package static func resolve(_ text: String, _ value: (Reference) -> String?) throws(Malformed) -> String? {
        var result = ""
        for part in try parts(of: text) {
            switch part {
            case .plain(let plain): result += plain
            case .reference(let reference):
                guard let value = value(reference) else { return nil }
                result += value
            }
        }
        return result
    }

    /// A text with `${` that is not a reference.
    package struct Malformed: Error, Hashable, Sendable { package var text: String }

    private enum Part {
        case plain(String)
        case reference(Reference)
    }

    private static func parts(of text: String) throws(Malformed) -> [Part] {
        var parts: [Part] = []
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            parts.append(.plain(String(rest[..<start.lowerBound])))
            let inner = rest[start.upperBound...]
            guard let end = inner.firstIndex(of: "}"), let dot = inner[..<end].lastIndex(of: ".") else {
                throw Malformed(text: text)
            }
            let reference = Reference(step: String(inner[..<dot]), field: String(inner[inner.index(after: dot)..<end]))
            guard !reference.step.isEmpty, !reference.field.isEmpty else { throw Malformed(text: text) }
            parts.append(.reference(reference))
            rest = inner[inner.index(after: end)...]
        }
        return parts + [.plain(String(rest))]
    }
}
