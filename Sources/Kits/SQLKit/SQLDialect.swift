/// What SQL engines spell differently, for statements that are otherwise the same on all of them.
package struct SQLDialect: Hashable, Sendable {
    /// Follows a SELECT whose rows the same transaction goes on to change: lock them, and pass over those that another
    /// transaction has locked. Empty where a writer is alone anyway; otherwise it begins on a new line.
    package var skipLocked: String
    /// Whether writers run one at a time, so that a writing body never overlaps another one. Otherwise bodies that must
    /// not overlap have to change a common row.
    package var hasOneWriter: Bool { skipLocked.isEmpty }
    /// Tries to take the transaction-level advisory lock with the number `$1` and returns the result as `is_taken`; nil
    /// where writers run one at a time anyway.
    package var tryLock: String?
    /// Words of the schema, written for SQLite, and what replaces them, in order.
    private var schemaWords: [Replacement]

    private struct Replacement: Hashable, Sendable {
        var word: String
        var replacement: String
    }

    /// - Parameter schemaWords: longer words before those that they contain.
    package init(skipLocked: String, tryLock: String? = nil, schemaWords: KeyValuePairs<String, String>) {
        self.tryLock = tryLock
        self.skipLocked = skipLocked.isEmpty ? "" : "\n" + skipLocked
        self.schemaWords = schemaWords.map { Replacement(word: $0.key, replacement: $0.value) }
    }

    package static let sqlite = SQLDialect(skipLocked: "", schemaWords: [:])

    /// A migration's statements as this engine needs them.
    package func schema(_ sql: String) -> String {
        guard !schemaWords.isEmpty else { return sql }
        // One pass, so that a replacement is not itself replaced.
        var (text, rest) = ("", sql[...])
        scan: while !rest.isEmpty {
            for candidate in schemaWords
            where rest.hasPrefix(candidate.word) && !Self.isWithinWord(text, rest, candidate) {
                text += candidate.replacement
                rest = rest.dropFirst(candidate.word.count)
                continue scan
            }
            text.append(rest.removeFirst())
        }
        return text
    }

    private static func isWithinWord(_ before: String, _ rest: Substring, _ candidate: Replacement) -> Bool {
        func continues(_ character: Character?) -> Bool {
            character.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
        }
        return continues(before.last) || continues(rest.dropFirst(candidate.word.count).first)
    }
}
