import JSONKit
import SQLKit

/// A task's arguments, and other words by name, as JSON text in a column.
///
/// Plain words, the usual case, are read and written without a JSON coder because the queue does little else.
enum TaskPayload {
    static func value(_ payload: [String: String]) throws -> SQLValue { .text(try text(payload)) }

    static func text(_ payload: [String: String]) throws -> String {
        guard !payload.isEmpty else { return "{}" }
        let isPlain = payload.allSatisfy { Self.isPlain($0.key) && Self.isPlain($0.value) }
        guard isPlain else { return try SQLValue.jsonText(payload) }
        let members = payload.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\"\($0.value)\"" }
        return "{" + members.joined(separator: ",") + "}"
    }

    static func payload(_ text: String) throws -> [String: String] {
        if text == "{}" { return [:] }
        if let payload = plain(text) { return payload }
        do {
            return try JSON.decode([String: String].self, from: Array(text.utf8))
        } catch {
            throw SQLError(code: .decoding, message: "tasks.payload holds an unknown value")
        }
    }

    /// The payload of a text as ``value(_:)`` writes it; nil for any other text, valid or not.
    private static func plain(_ text: String) -> [String: String]? {
        guard !text.utf8.contains(UInt8(ascii: "\\")) else { return nil }
        // {"name":"value","name":"value"}: the text between every other pair of quotes is a word.
        let parts = text.utf8.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
        guard parts.count % 4 == 1, parts.first.map({ $0.elementsEqual("{".utf8) }) == true,
            parts.last.map({ $0.elementsEqual("}".utf8) }) == true
        else { return nil }
        var payload: [String: String] = [:]
        for index in stride(from: 1, to: parts.count - 1, by: 4) {
            let isLast = index + 4 >= parts.count
            guard parts[index + 1].elementsEqual(":".utf8), isLast || parts[index + 3].elementsEqual(",".utf8) else {
                return nil
            }
            payload[String(Substring(parts[index]))] = String(Substring(parts[index + 2]))
        }
        return payload
    }

    private static func isPlain(_ word: String) -> Bool {
        word.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }
}
