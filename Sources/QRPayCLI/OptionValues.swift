import CommandLineKit
import PaymentCore
import Payments
import WorldKit

/// How the values that several commands take are read.
extension ValueParser where Value == String {
    /// An identifier, such as a uid or a restaurant, without the blanks that come along when it is copied.
    static var identifier: ValueParser {
        ValueParser { written in
            let text = CopiedText.trimmed(written)
            guard Identifier.isValid(text) else { throw InvalidValue("must be 1 to 64 of A-Z a-z 0-9 . _ -") }
            return text
        }
    }

    /// A restaurant's name.
    static var restaurantName: ValueParser {
        .text("1 to 200 characters") { name in
            (1...200).contains(name.unicodeScalars.count) && name.contains { !$0.isWhitespace }
        }
    }
}

extension ValueParser where Value == Percent {
    /// With or without a percent sign.
    static var percent: ValueParser {
        ValueParser { text in try Percent(text.hasSuffix("%") ? text.dropLast() : text[...]) }
    }
}

/// An amount whose currency is known later, from the order or another option.
struct DecimalAmount: Sendable {
    private let text: String

    /// - Throws: ``MoneyError`` for a text that is not an amount in any currency.
    init(_ text: String) throws(MoneyError) {
        self.text = text
        do throws(MoneyError) {
            _ = try Money(decimal: text, currency: .rub)
        } catch {
            if case .notDecimal = error { throw error }
        }
    }

    func money(_ currency: Currency) throws(MoneyError) -> Money { try Money(decimal: text, currency: currency) }
}

extension ValueParser where Value == DecimalAmount {
    static var decimal: ValueParser { ValueParser { text in try DecimalAmount(text) } }
}

extension ValueParser where Value == Currency {
    static var currency: ValueParser { ValueParser { text in try Currency(code: text) } }
}

enum CopiedText {
    /// Without the blanks, line ends and invisible characters that come along when an id or a link is copied.
    static func trimmed(_ text: String) -> String {
        let isBlank: (Unicode.Scalar) -> Bool = { scalar in
            scalar.properties.isWhitespace || scalar.properties.isDefaultIgnorableCodePoint
        }
        let scalars = text.unicodeScalars.drop(while: isBlank)
        let end = scalars.lastIndex { !isBlank($0) }.map(scalars.index(after:)) ?? scalars.startIndex
        return String(scalars[..<end])
    }
}

/// From --since until before --until.
enum Period {
    /// The accepted forms of a point in time, for help texts.
    static let timeForms =
        "RFC 3339, or in your time zone (TZ) '2026-01-31 09:30', 2026-01-31, 09:30, today; 2h is two hours ago"

    static let since = Option("since", "TIME", .instant, summary: "Created at or after: \(timeForms)")
    static let until = Option("until", "TIME", .instant, summary: "Created before")

    /// - Parameter age: the option for a minimum age, which also bounds the period.
    /// - Throws: ``Problem`` `usage` for an empty period: an empty result would be misleading.
    static func bounds(
        _ options: ParsedOptions, age: Option<Instant?>? = nil
    ) throws -> (since: Instant?, until: Instant?) {
        let since = options[since]
        let until = [options[until], age.flatMap { options[$0] }].compactMap(\.self).min()
        if let since, let until, since >= until {
            let bounds = [Self.until.label] + (age.map { [$0.label] } ?? [])
            throw Problem(
                .invalid, "usage",
                "empty period: nothing is created at or after \(Self.since.label) and before "
                    + bounds.joined(separator: " or "))
        }
        return (since, until)
    }
}

extension ParsedOptions {
    var isJSON: Bool { self[GlobalOptions.json] }
}

extension Array where Element: Hashable {
    /// Each element once, in the order of its first place.
    var unique: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
