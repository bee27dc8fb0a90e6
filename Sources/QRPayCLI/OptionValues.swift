import CommandLineKit
import PaymentCore
import Payments
import WorldKit

/// Parsing of option values, with uniform error messages.
extension ParsedOptions {
    var isJSON: Bool { isSet("json") }

    /// A required argument.
    func required(_ argument: String) throws -> String {
        guard let value = self.argument(argument) else { throw Problem(.invalid, "usage", "\(argument) is missing") }
        return value
    }

    func requiredOption(_ name: String) throws -> String {
        guard let value = value(name) else { throw Problem(.invalid, "usage", "--\(name) is missing") }
        return value
    }

    /// An identifier, such as a uid or a restaurant.
    func identifier(option name: String) throws -> String? {
        guard let text = value(name) else { return nil }
        return try Self.identifier(text, "--\(name)")
    }

    static func identifier(_ written: String, _ place: String) throws -> String {
        let text = trimmed(written)
        guard Identifier.isValid(text) else {
            throw Self.invalid(place, text, "1 to 64 of A-Z a-z 0-9 . _ -")
        }
        return text
    }

    /// Without the blanks, line ends and invisible characters that come along when an id or a link is copied.
    static func trimmed(_ text: String) -> String {
        let isBlank: (Unicode.Scalar) -> Bool = { scalar in
            scalar.properties.isWhitespace || scalar.properties.isDefaultIgnorableCodePoint
        }
        let scalars = text.unicodeScalars.drop(while: isBlank)
        let end = scalars.lastIndex { !isBlank($0) }.map(scalars.index(after:)) ?? scalars.startIndex
        return String(scalars[..<end])
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = value(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Self.invalid("--\(name)", text, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A length of time: `30s`, `500ms`, `10m`, `1h30m`, `7d`; a bare number is seconds.
    func seconds(_ name: String) throws -> Double? {
        guard let text = value(name) else { return nil }
        guard let seconds = TimeText.seconds(TimeText.isNumber(text) ? "\(text)s" : text) else {
            throw Self.invalid("--\(name)", text, "a length of time such as 30s, 10m, 2h or 7d")
        }
        return seconds
    }

    /// The accepted forms of a point in time, for help texts.
    static let timeForms =
        "RFC 3339, or in your time zone (TZ) '2026-01-31 09:30', 2026-01-31, 09:30, today; 2h is two hours ago"

    /// A point in time, in any form of ``WorldKit/TimeText``; without a zone it is in the user's time zone.
    /// - Parameter now: nil to read the clock; both ends of a period use the same instant.
    func instant(_ name: String, _ context: Context, now: Instant? = nil) throws -> Instant? {
        guard let text = value(name) else { return nil }
        do {
            return try TimeText.instant(text, now: now ?? context.world.now(), zone: context.zone)
        } catch {
            throw Problem(.invalid, "usage", "--\(name) '\(text)': \(error.message)")
        }
    }

    /// From --since until before --until; nil where unbounded.
    /// - Parameter age: the option for a minimum age, which also bounds the period.
    /// - Throws: ``Problem`` `usage` for an empty period: an empty result would be misleading.
    func period(_ context: Context, age: String? = nil) throws -> (since: Instant?, until: Instant?) {
        let now = context.world.now()
        let since = try instant("since", context, now: now)
        let born = try age.flatMap(seconds).map { now.advanced(bySeconds: -$0) }
        let until = [try instant("until", context, now: now), born].compactMap(\.self).min()
        if let since, let until, since >= until {
            let bounds = ["--until"] + (age.map { ["--\($0)"] } ?? [])
            throw Problem(
                .invalid, "usage",
                "empty period: nothing is created at or after --since and before \(bounds.joined(separator: " or "))"
            )
        }
        return (since, until)
    }

    /// Words of a closed set, without duplicates.
    func words<Word: RawRepresentable & CaseIterable>(_ name: String) throws -> [Word] where Word.RawValue == String {
        try values(name).reduce(into: []) { words, text in
            let word: Word = try Self.word(text, name)
            if !words.contains(where: { $0.rawValue == word.rawValue }) { words.append(word) }
        }
    }

    func word<Word: RawRepresentable & CaseIterable>(_ name: String) throws -> Word? where Word.RawValue == String {
        try value(name).map { try Self.word($0, name) }
    }

    private static func word<Word: RawRepresentable & CaseIterable>(_ text: String, _ name: String) throws -> Word
    where Word.RawValue == String {
        guard let word = Word.allCases.first(where: { $0.rawValue == text || $0.rawValue == text.uppercased() }) else {
            throw invalid("--\(name)", text, oneOf: Word.allCases.map(\.rawValue))
        }
        return word
    }

    /// The error for a text that is not one of the allowed words.
    /// - Parameter otherwise: what else is allowed, `a task's number, or`.
    static func invalid(_ place: String, _ text: String, _ otherwise: String? = nil, oneOf words: [String]) -> Problem {
        invalid(place, text, (otherwise.map { "\($0) " } ?? "") + "one of " + words.joined(separator: ", "))
    }

    private static func invalid(_ place: String, _ text: String, _ expected: String) -> Problem {
        Problem(.invalid, "usage", "\(place) '\(text)': must be \(expected)")
    }
}
