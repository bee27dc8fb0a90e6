package import WorldKit

/// What the times on a command line are relative to. Every option of a line uses the same instant.
package struct TimeReference: Sendable {
    package var now: Instant
    /// The zone of times without one.
    package var zone: Zone

    package init(now: Instant, zone: Zone) {
        self.now = now
        self.zone = zone
    }
}

/// Why the text of an option or an argument is refused.
package struct InvalidValue: Error, Equatable {
    /// Continues `--limit '0':`, for example `must be a whole number`.
    package var reason: String
    /// What to do instead.
    package var hint: String?

    package init(_ reason: String, hint: String? = nil) {
        self.reason = reason
        self.hint = hint
    }
}

/// A text that is refused, and why.
struct RefusedText: Error {
    var text: String
    var error: InvalidValue
}

/// How a value is read from text, and what help and completions say of it.
package struct ValueParser<Value: Sendable>: Sendable {
    package var completion: Completion
    /// The accepted range, for help: `1 to 100`.
    package var range: String?
    /// Throws ``InvalidValue``, or an error of the caller's own, which is passed on as it is.
    package var read: @Sendable (String, TimeReference) throws -> Value

    package init(
        completion: Completion = .none, range: String? = nil,
        read: @escaping @Sendable (String, TimeReference) throws -> Value
    ) {
        self.completion = completion
        self.range = range
        self.read = read
    }

    package init(
        completion: Completion = .none, range: String? = nil, read: @escaping @Sendable (String) throws -> Value
    ) {
        self.init(completion: completion, range: range) { text, _ in try read(text) }
    }

    /// Throws ``RefusedText`` where reading throws ``InvalidValue``.
    func value(of text: String, _ time: TimeReference) throws -> Value {
        do { return try read(text, time) } catch let error as InvalidValue {
            throw RefusedText(text: text, error: error)
        }
    }

    package func map<Other>(_ change: @escaping @Sendable (Value) throws -> Other) -> ValueParser<Other> {
        ValueParser<Other>(completion: completion, range: range) { [read] in try change(read($0, $1)) }
    }

    /// Several values in one text, separated by commas.
    package var list: ValueParser<[Value]> {
        ValueParser<[Value]>(completion: completion, range: range) { [read] text, time in
            try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
                do { return try read(String(part), time) } catch let error as InvalidValue {
                    throw RefusedText(text: String(part), error: error)
                }
            }
        }
    }

    /// One of a closed set of words, each with its meaning.
    package static func words(_ words: [(word: String, value: Value)]) -> ValueParser {
        ValueParser(completion: .values(words.map { $0.word })) { text in
            // Words in capitals may be typed in small letters.
            for spelling in [text, text.uppercased()] {
                if let match = words.first(where: { $0.word == spelling }) { return match.value }
            }
            throw InvalidValue("must be one of " + words.map { $0.word }.joined(separator: ", "))
        }
    }
}

extension ValueParser where Value: RawRepresentable<String> & CaseIterable {
    /// A case, by its raw value.
    package static var word: ValueParser { .words(Value.allCases.map { ($0.rawValue, $0) }) }
}

extension ValueParser where Value == String {
    package static var text: ValueParser { ValueParser { $0 } }
    /// A file's path.
    package static var file: ValueParser { ValueParser(completion: .file) { $0 } }
    package static var directory: ValueParser { ValueParser(completion: .directory) { $0 } }

    /// - Parameter expected: what it must be, such as `1 to 200 characters`.
    package static func text(_ expected: String, where isValid: @escaping @Sendable (String) -> Bool) -> ValueParser {
        ValueParser { text in
            guard isValid(text) else { throw InvalidValue("must be \(expected)") }
            return text
        }
    }
}

extension ValueParser where Value == Int {
    package static func integer(in limits: ClosedRange<Int>) -> ValueParser {
        let isOpen = limits.upperBound == .max
        let range = isOpen ? "\(limits.lowerBound) or more" : "\(limits.lowerBound) to \(limits.upperBound)"
        return ValueParser(range: range) { text in
            guard let number = Int(text), limits.contains(number) else {
                throw InvalidValue("must be a whole number\(isOpen ? ", " : " from ")\(range)")
            }
            return number
        }
    }
}

extension ValueParser where Value == Double {
    /// A decimal number without sign or exponent.
    package static func number(in limits: ClosedRange<Int>) -> ValueParser {
        let range = "\(limits.lowerBound) to \(limits.upperBound)"
        return ValueParser(range: range) { text in
            guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }), let number = Double(text),
                (Double(limits.lowerBound)...Double(limits.upperBound)).contains(number)
            else { throw InvalidValue("must be a number from \(range), such as 0.1") }
            return number
        }
    }

    /// A length of time in seconds: `30s`, `500ms`, `10m`, `1h30m`, `7d`; a bare number is seconds.
    /// - Parameter limits: in seconds; nil for any length.
    package static func seconds(in limits: ClosedRange<Double>? = nil) -> ValueParser {
        let range = limits.map { "\(length($0.lowerBound)) to \(length($0.upperBound))" }
        return ValueParser(range: range) { text in
            guard let seconds = TimeText.seconds(TimeText.isNumber(text) ? "\(text)s" : text) else {
                throw InvalidValue("must be a length of time such as 30s, 10m, 2h or 7d")
            }
            guard limits?.contains(seconds) ?? true else { throw InvalidValue("must be from \(range ?? "")") }
            return seconds
        }
    }

    /// Seconds in the largest unit that divides them: `7d`, `90s`.
    private static func length(_ seconds: Double) -> String {
        let milliseconds = Int(seconds * 1000)
        let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)]
        let unit =
            units.first { milliseconds % $0.1 == 0 && milliseconds >= $0.1 }
            ?? (milliseconds == 0 ? ("s", 1000) : ("ms", 1))
        return "\(milliseconds / unit.1)\(unit.0)"
    }
}

extension ValueParser where Value == Instant {
    /// A point in time, in any form of ``WorldKit/TimeText``.
    package static var instant: ValueParser {
        ValueParser { text, time in
            do throws(TimeError) {
                return try TimeText.instant(text, now: time.now, zone: time.zone)
            } catch {
                throw InvalidValue(error.message)
            }
        }
    }
}
