extension JSONValue {
    /// The value as JSON for people: indented by two, the members in their order, short lists and objects on one line.
    package var text: String {
        var text = ""
        write(to: &text, indent: 0)
        return text
    }

    /// Longer values than this are broken into lines.
    private static let lineWidth = 110

    private func write(to text: inout String, indent: Int) {
        let line = self.line
        guard line.utf8.count + indent > Self.lineWidth || isNested else {
            text += line
            return
        }
        let pause = "\n" + String(repeating: " ", count: indent + 2)
        var rest = false
        switch self {
        case .array(let elements):
            text += "["
            for element in elements {
                text += (rest ? "," : "") + pause
                element.write(to: &text, indent: indent + 2)
                rest = true
            }
            text += "\n" + String(repeating: " ", count: indent) + "]"
        case .object(let object):
            text += "{"
            for member in object.members {
                text += (rest ? "," : "") + pause + Self.quoted(member.name) + ": "
                member.value.write(to: &text, indent: indent + 2)
                rest = true
            }
            text += "\n" + String(repeating: " ", count: indent) + "}"
        default: text += line
        }
    }

    /// Whether a list of objects or lists is in it, which is easier to read in lines.
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

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .number("\(value)") }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements.map { JSONObject.Member(name: $0, value: $1) }))
    }
}
