/// Texts by name, as a JSON object.
///
/// Plain texts, the usual case, are read and written without a JSON coder: a queue does little else.
package enum JSONWords {
    package static func text(_ words: [String: String]) throws -> String {
        guard !words.isEmpty else { return "{}" }
        let isPlain = words.allSatisfy { Self.isPlain($0.key) && Self.isPlain($0.value) }
        guard isPlain else { return String(decoding: try JSON.encode(words), as: UTF8.self) }
        let members = words.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\"\($0.value)\"" }
        return "{" + members.joined(separator: ",") + "}"
    }

    /// - Throws: ``JSONError`` or `DecodingError` for anything but an object of texts.
    package static func words(_ text: String) throws -> [String: String] {
        if text == "{}" { return [:] }
        return try plain(text) ?? JSON.decode([String: String].self, from: Array(text.utf8))
    }

    /// The words of a text as ``text(_:)`` writes plain ones; nil for any other text, valid or not.
    private static func plain(_ text: String) -> [String: String]? {
        guard !text.utf8.contains(UInt8(ascii: "\\")) else { return nil }
        // {"name":"value","name":"value"}: the text between every other pair of quotes is a word.
        let parts = text.utf8.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
        guard parts.count % 4 == 1, parts.first.map({ $0.elementsEqual("{".utf8) }) == true,
            parts.last.map({ $0.elementsEqual("}".utf8) }) == true
        else { return nil }
        var words: [String: String] = [:]
        for index in stride(from: 1, to: parts.count - 1, by: 4) {
            let isLast = index + 4 >= parts.count
            guard parts[index + 1].elementsEqual(":".utf8), isLast || parts[index + 3].elementsEqual(",".utf8) else {
                return nil
            }
            words[String(Substring(parts[index]))] = String(Substring(parts[index + 2]))
        }
        return words
    }

    private static func isPlain(_ word: String) -> Bool {
        word.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }
}
