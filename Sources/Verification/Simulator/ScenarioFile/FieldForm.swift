package import JSONKit
import PaymentCore
import PaymentSandbox

/// The form of a field's value.
package enum FieldForm: Hashable, Sendable {
    case text, identifier, restaurant, guest
    /// Decimal text or a number.
    case decimal
    case whole(ClosedRange<Int>)
    /// 0 to 1.
    case share
    /// A length of time, or a list of the shortest and the longest.
    case seconds
    case flag
    case word([String])
    /// A card, or a list of cards.
    case cards
    /// Weights by name.
    case weights
    /// The smallest and the largest amount.
    case amounts
    case object, branches

    /// As text, for messages and documentation.
    package var words: String {
        switch self {
        case .text: "a text"
        case .identifier: "1 to 64 of A-Z a-z 0-9 . _ -"
        case .restaurant: "a restaurant's client_id"
        case .guest: "a guest's uid"
        case .decimal: "an amount such as \"120.50\""
        case .whole(let range):
            range.upperBound == .max
                ? "a whole number from \(range.lowerBound)"
                : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .share: "a number from 0 to 1"
        case .seconds: "seconds, or a list of minimum and maximum"
        case .flag: "true or false"
        case .word(let words): "one of " + words.joined(separator: ", ")
        case .cards: "a card, or a list of cards: " + Card.allCases.map(\.rawValue).joined(separator: ", ")
        case .weights: "an object of names and weights"
        case .amounts: "a list of two amounts, smaller first"
        case .object: "an object"
        case .branches: "a list of steps, or of lists of steps"
        }
    }

    /// Whether a value other than a reference is valid.
    package func accepts(_ value: JSONValue) -> Bool {
        switch self {
        case .text: value.string != nil
        case .identifier, .restaurant, .guest: value.string.map(Identifier.isValid) ?? false
        case .decimal: value.decimal.map(Self.isDecimal) ?? false
        case .whole(let range): value.whole.map(range.contains) ?? false
        case .share: value.double.map { (0...1).contains($0) } ?? false
        case .seconds: value.seconds != nil
        case .flag: value.flag != nil
        case .word(let words): value.string.map(words.contains) ?? false
        case .cards:
            value.strings.map { !$0.isEmpty && $0.allSatisfy { Identifier.isValid($0) } } ?? false
        case .weights:
            value.object.map { !$0.members.isEmpty && $0.members.allSatisfy { ($0.value.double ?? -1) >= 0 } } ?? false
        case .amounts: value.amounts != nil
        case .object: value.object != nil
        case .branches: value.elements != nil
        }
    }

    /// Digits, optionally with a decimal point; a currency's decimals are checked when used.
    private static func isDecimal(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return (1...2).contains(parts.count)
            && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    }
}

extension JSONValue {
    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The content of a number or a text.
    package var decimal: String? {
        switch self {
        case .number(let text), .string(let text): text
        default: nil
        }
    }

    /// A whole number, also as text, which references resolve to.
    package var whole: Int? { decimal.flatMap { Int($0) } }

    package var double: Double? {
        decimal.flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
    }

    package var flag: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    package var elements: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// A text, or a list of texts.
    package var strings: [String]? {
        if let text = string { return [text] }
        let texts = elements?.compactMap(\.string)
        return texts?.count == elements?.count ? texts : nil
    }

    /// A length of time, or minimum and maximum; at most a year.
    package var seconds: ClosedRange<Double>? {
        let bounds = elements.map { $0.compactMap(\.double) } ?? double.map { [$0, $0] } ?? []
        guard bounds.count == 2, elements.map({ $0.count == 2 }) ?? true, bounds[0] >= 0, bounds[0] <= bounds[1],
            bounds[1] <= 31_536_000
        else { return nil }
        return bounds[0]...bounds[1]
    }
}
