import FoundationEssentials

/// A JSON object for output: its names as they are, nil as `null`.
struct JSONObject: Encodable, ExpressibleByDictionaryLiteral {
    private var fields: [(name: String, value: (any Encodable)?)]

    init(dictionaryLiteral elements: (String, (any Encodable)?)...) {
        fields = elements.map { (name: $0.0, value: $0.1) }
    }

    subscript(name: String) -> (any Encodable)? {
        get { fields.first { $0.name == name }?.value }
        set {
            fields.removeAll { $0.name == name }
            fields.append((name, newValue))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        for (name, value) in fields {
            let key = Name(stringValue: name)
            if let value {
                try value.encode(to: container.superEncoder(forKey: key))
            } else {
                try container.encodeNil(forKey: key)
            }
        }
    }

    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

enum JSONText {
    /// One line without a newline, names sorted, slashes plain: for logs.
    static func line(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Indented, names sorted, slashes plain, with a final newline.
    static func render(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }
}
