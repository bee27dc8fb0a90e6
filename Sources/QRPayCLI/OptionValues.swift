import CommandLineKit
import QRPayDomain
import QRPayServices

/// Option texts to values, each with one way of saying what is wrong.
extension ParsedOptions {
    var isJSON: Bool { isSet("json") }

    /// An argument that the table says is always there.
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

    /// Without the blanks and line ends that come along when an id or a link is copied.
    static func trimmed(_ text: String) -> String {
        let start = text.drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = value(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Self.invalid("--\(name)", text, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A length of time: `30`, `30s`, `500ms`, `10m`, `2h`, `7d`.
    func seconds(_ name: String) throws -> Double? {
        guard let text = value(name) else { return nil }
        guard let seconds = Self.seconds(text) else {
            throw Self.invalid("--\(name)", text, "a length of time such as 30s, 10m, 2h or 7d")
        }
        return seconds
    }

    /// A point in time: RFC 3339, a date (UTC), or how long ago (`2h`).
    func instant(_ name: String, now: Instant) throws -> Instant? {
        guard let text = value(name) else { return nil }
        if let instant = Instant(rfc3339: text) ?? Instant(rfc3339: "\(text)T00:00:00Z") { return instant }
        if let seconds = Self.seconds(text) { return now.advanced(bySeconds: -seconds) }
        throw Self.invalid(
            "--\(name)", text, "a time such as 2026-01-31T09:30:00Z, 2026-01-31, or 2h for two hours ago")
    }

    /// From --since until before --until; nil where it has no bound.
    /// - Parameter age: the option that says how old things are at least, which bounds the period too.
    /// - Throws: ``Problem`` `usage` for a period in which nothing can lie: an empty answer would be a false one.
    func period(now: Instant, age: String? = nil) throws -> (since: Instant?, until: Instant?) {
        let since = try instant("since", now: now)
        let born = try age.flatMap(seconds).map { now.advanced(bySeconds: -$0) }
        let until = [try instant("until", now: now), born].compactMap(\.self).min()
        if let since, let until, since >= until {
            let bounds = ["--until"] + (age.map { ["--\($0)"] } ?? [])
            throw Problem(
                .invalid, "usage",
                "nothing is created at or after --since and before \(bounds.joined(separator: " or "))")
        }
        return (since, until)
    }

    /// Words of a closed set, each once however often a repeatable option names it.
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
        guard let word = Word(rawValue: text) ?? Word(rawValue: text.uppercased()) else {
            throw invalid("--\(name)", text, oneOf: Word.allCases.map(\.rawValue))
        }
        return word
    }

    /// What is wrong with a text that is none of those that may stand in its place.
    /// - Parameter otherwise: what else may stand there, `a task's number, or`.
    static func invalid(_ place: String, _ text: String, _ otherwise: String? = nil, oneOf words: [String]) -> Problem {
        invalid(place, text, (otherwise.map { "\($0) " } ?? "") + "one of " + words.joined(separator: ", "))
    }

    private static func invalid(_ place: String, _ text: String, _ expected: String) -> Problem {
        Problem(.invalid, "usage", "\(place) '\(text)': must be \(expected)")
    }

    private static func seconds(_ text: String) -> Double? {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        if text.hasSuffix("ms") { return seconds("\(text.dropLast(2))s").map { $0 / 1000 } }
        let unit = text.last.flatMap { units[$0] }
        let digits = unit == nil ? text[...] : text.dropLast()
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
            let number = Double(digits), number.isFinite, number <= 3_153_600_000
        else { return nil }
        return number * (unit ?? 1)
    }
}
