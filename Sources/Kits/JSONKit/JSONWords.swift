/// Texts by name, as a JSON object.
///
/// Plain texts, the usual case, are read and written without a JSON coder: a queue does little else.
package enum JSONWords {
    package static func text(_ words: [String: String]) -> String {
        guard !words.isEmpty else { return "{}" }
        let isPlain = words.allSatisfy { Self.isPlain($0.key) && Self.isPlain($0.value) }
        guard isPlain else { return escaped(words) }
        let members = words.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\"\($0.value)\"" }
        return "{" + members.joined(separator: ",") + "}"
    }

    /// - Throws: ``JSONError`` or `DecodingError` for anything but an object of texts.
    package static func words(_ text: String) throws -> [String: String] {
        if text == "{}" { return [:] }
        if let words = plain(text) { return words }
        let value = try JSONValue(parsing: Array(text.utf8), as: .interoperable)
        var words: [String: String] = [:]
        for member in value.object?.members ?? [] {
            guard case .string(let word) = member.value else { return try JSON.decode(from: value) }
            words[member.name] = word
        }
        return try value.object == nil ? JSON.decode(from: value) : words
    }

    /// The canonical form, as ``JSON/encode(_:)`` writes it.
    private static func escaped(_ words: [String: String]) -> String {
        var writer = JSONWriter(.canonical)
        var separator: StaticString = "{"
        for (name, word) in words.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            writer.put(separator)
            writer.string(name)
            writer.put(":")
            writer.string(word)
            separator = ","
        }
        writer.put("}")
        return String(decoding: writer.bytes, as: UTF8.self)
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
