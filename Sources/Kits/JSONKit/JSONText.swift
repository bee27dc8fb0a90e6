extension JSONValue {
    /// The value as readable JSON: indented by two spaces, members in order, short arrays and objects on one line.
    package var text: String {
        var text = ""
        write(to: &text, indent: 0)
        return text
    }

    /// Longer values are split into lines.
    private static let lineWidth = 110

    private func write(to text: inout String, indent: Int) {
        let line = self.line
        guard line.utf8.count + indent > Self.lineWidth || isNested else {
            text += line
            return
        }
        let newline = "\n" + String(repeating: " ", count: indent + 2)
        var rest = false
        switch self {
        case .array(let elements):
            text += "["
            for element in elements {
                text += (rest ? "," : "") + newline
                element.write(to: &text, indent: indent + 2)
                rest = true
            }
            text += "\n" + String(repeating: " ", count: indent) + "]"
        case .object(let object):
            text += "{"
            for member in object.members {
                text += (rest ? "," : "") + newline + Self.quoted(member.name) + ": "
                member.value.write(to: &text, indent: indent + 2)
                rest = true
            }
            text += "\n" + String(repeating: " ", count: indent) + "}"
        default: text += line
        }
    }

    /// Whether it contains an array of objects or arrays, which is easier to read on several lines.
    private var isNested: Bool {
        switch self {
        case .array(let elements): elements.contains { $0.isContainer }
        case .object(let object): object.members.contains { $0.value.isNested }
        default: false
        }
    }

    private var isContainer: Bool {
        switch self {
        case .array, .object: true
        default: false
        }
    }

    /// The value on one line.
    package var line: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let digits): digits
        case .string(let text): Self.quoted(text)
        case .array(let elements): "[" + elements.map(\.line).joined(separator: ", ") + "]"
        case .object(let object):
            "{" + object.members.map { "\(Self.quoted($0.name)): \($0.value.line)" }.joined(separator: ", ") + "}"
        }
    }

    /// The value without whitespace, for other programs.
    package var compact: String {
        switch self {
        case .array(let elements): "[" + elements.map(\.compact).joined(separator: ",") + "]"
        case .object(let object):
            "{" + object.members.map { "\(Self.quoted($0.name)):\($0.value.compact)" }.joined(separator: ",") + "}"
        default: line
        }
    }

    /// A JSON string (RFC 8259, section 7) that is safe for a terminal: control and invisible characters are escaped.
    package static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy {
            (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        guard !isPlain else { return "\"\(text)\"" }
        var result = "\""
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            defer { previous = scalar }
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where isInvisible(scalar, after: previous): appendEscape(of: scalar, to: &result)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// The same JSON with unsafe characters in its strings escaped: control characters beyond ASCII, bidirectional
    /// overrides, zero-width characters.
    ///
    /// - Parameter json: JSON whose only unescaped control characters are line feeds between tokens.
    package static func escapingInvisible(_ json: String) -> String {
        let isPlain = json.utf8.allSatisfy { (0x20..<0x7F).contains($0) || $0 == UInt8(ascii: "\n") }
        guard !isPlain else { return json }
        var result = ""
        result.reserveCapacity(json.utf8.count)
        var previous: Unicode.Scalar?
        for scalar in json.unicodeScalars {
            defer { previous = scalar }
            if scalar != "\n", isInvisible(scalar, after: previous) {
                appendEscape(of: scalar, to: &result)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isInvisible(_ scalar: Unicode.Scalar, after previous: Unicode.Scalar?) -> Bool {
        switch scalar.value {
        case 0x20..<0x7F, 0x400...0x52F: return false
        // A variation selector after an emoji only selects its presentation and need not be shown.
        case 0xFE0E, 0xFE0F: return previous?.properties.isEmoji != true
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return true
        default: return scalar.properties.isDefaultIgnorableCodePoint || scalar.properties.isNoncharacterCodePoint
        }
    }

    private static func appendEscape(of scalar: Unicode.Scalar, to text: inout String) {
        for unit in String(scalar).utf16 {
            let digits = String(unit, radix: 16)
            text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
    }
}

extension JSONValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package static func integer(_ value: Int) -> JSONValue { .number("\(value)") }

    /// An object with these members.
    package static func members(_ members: [(name: String, value: JSONValue)]) -> JSONValue {
        .object(JSONObject(members.map { JSONObject.Member(name: $0.name, value: $0.value) }))
    }

    /// The members of both objects; those of `other` come last.
    package func merging(_ other: JSONValue) -> JSONValue {
        guard let own = object, let added = other.object else { return self }
        return .object(JSONObject(own.members + added.members))
    }

    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .number("\(value)") }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements.map { JSONObject.Member(name: $0, value: $1) }))
    }
}
