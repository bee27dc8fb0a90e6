import EncodingKit

/// Writes JSON values, in one of the forms of ``JSONForm``.
struct JSONWriter {
    private let form: JSONForm
    private(set) var bytes: [UInt8] = []

    init(_ form: JSONForm) { self.form = form }

    mutating func write(_ value: JSONValue) {
        switch form.layout {
        case .line: line(value)
        case .lines: lines(value, indent: 0)
        case .fitting: fitting(value, indent: 0)
        }
    }

    // MARK: Layouts

    private mutating func line(_ value: JSONValue) {
        switch value {
        case .null: put("null")
        case .bool(let value): put(value ? "true" : "false")
        case .number(let digits): put(digits: digits)
        case .string(let text): string(text)
        case .array(let elements):
            put("[")
            for (index, element) in elements.enumerated() {
                if index > 0 { put(form.comma) }
                line(element)
            }
            put("]")
        case .object(let object):
            put("{")
            for (index, member) in members(object).enumerated() {
                if index > 0 { put(form.comma) }
                string(member.name)
                put(form.colon)
                line(member.value)
            }
            put("}")
        }
    }

    /// Every element and member on a line of its own.
    private mutating func lines(_ value: JSONValue, indent: Int) {
        list(value, indent: indent) { writer, value in writer.lines(value, indent: indent + 2) }
    }

    /// On one line what fits into it.
    private mutating func fitting(_ value: JSONValue, indent: Int) {
        let start = bytes.count
        line(value)
        guard bytes.count - start + indent > JSONForm.lineWidth || value.isNested else { return }
        guard value.isContainer else { return }
        bytes.removeSubrange(start...)
        list(value, indent: indent) { writer, value in writer.fitting(value, indent: indent + 2) }
    }

    private mutating func list(
        _ value: JSONValue, indent: Int, _ writePart: (inout JSONWriter, JSONValue) -> Void
    ) {
        switch value {
        case .array(let elements):
            put("[")
            for (index, element) in elements.enumerated() {
                newline(isFirst: index == 0, indent: indent + 2)
                writePart(&self, element)
            }
            end("]", isEmpty: elements.isEmpty, indent: indent)
        case .object(let object):
            put("{")
            for (index, member) in members(object).enumerated() {
                newline(isFirst: index == 0, indent: indent + 2)
                string(member.name)
                put(form.colon)
                writePart(&self, member.value)
            }
            end("}", isEmpty: object.members.isEmpty, indent: indent)
        default: line(value)
        }
    }

    private mutating func newline(isFirst: Bool, indent: Int) {
        put(isFirst ? "\n" : ",\n")
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent))
    }

    private mutating func end(_ bracket: StaticString, isEmpty: Bool, indent: Int) {
        put(isEmpty ? "\n\n" : "\n")
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent))
        put(bracket)
    }

    private func members(_ object: JSONObject) -> [JSONObject.Member] {
        guard form.sortsNames else { return object.members }
        return object.members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    // MARK: Texts

    mutating func reserve(_ capacity: Int) { bytes.reserveCapacity(capacity) }

    mutating func put(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    private mutating func put(digits: String) { bytes.append(contentsOf: digits.utf8) }

    /// A string (RFC 8259, section 7).
    mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        let isPlain = text.utf8.allSatisfy {
            (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        if isPlain {
            bytes.append(contentsOf: text.utf8)
        } else {
            escaped(text)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escaped(_ text: String) {
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            defer { previous = scalar }
            switch scalar {
            case "\"": put("\\\"")
            case "\\": put("\\\\")
            case "\u{8}": put("\\b")
            case "\u{C}": put("\\f")
            case "\n": put("\\n")
            case "\r": put("\\r")
            case "\t": put("\\t")
            case _ where scalar.value < 0x20: escape(of: scalar)
            case _ where form.escapesInvisible && JSONValue.isInvisible(scalar, after: previous): escape(of: scalar)
            default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }

    private mutating func escape(of scalar: Unicode.Scalar) {
        for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
            put("\\u")
            for shift in [12, 8, 4, 0] { bytes.append(Hex.digit(UInt8(unit >> UInt16(shift) & 0xF))) }
        }
    }
}

/// How a JSON value is written.
struct JSONForm {
    enum Layout {
        case line
        /// Indented by two spaces, every element on a line of its own.
        case lines
        /// Indented by two spaces; what fits into a line is on one.
        case fitting
    }

    var layout = Layout.line
    var comma: StaticString = ","
    var colon: StaticString = ":"
    var sortsNames = false
    /// Whether strings are safe for a terminal: control characters beyond ASCII and invisible ones are escaped.
    var escapesInvisible = true

    static let lineWidth = 110

    static let compact = JSONForm()
    static let line = JSONForm(comma: ", ", colon: ": ")
    static let fitting = JSONForm(layout: .fitting, comma: ", ", colon: ": ")
    static let canonical = JSONForm(sortsNames: true, escapesInvisible: false)
    static let indented = JSONForm(layout: .lines, colon: " : ", sortsNames: true, escapesInvisible: false)
}

extension JSONValue {
    /// The value as readable JSON: indented by two spaces, members in order, short arrays and objects on one line.
    package var text: String { written(.fitting) }

    /// The value on one line.
    package var line: String { written(.line) }

    /// The value without whitespace, for other programs.
    package var compact: String { written(.compact) }

    /// The value without whitespace, names sorted: equal values have equal bytes.
    package var canonical: [UInt8] { bytes(.canonical) }

    /// Indented by two spaces, names sorted, without a trailing newline.
    package var indented: [UInt8] { bytes(.indented) }

    /// Names sorted and safe for a terminal: on one line, or indented by two spaces without a trailing newline.
    package func display(isIndented: Bool) -> String {
        var form = isIndented ? JSONForm.indented : .canonical
        form.escapesInvisible = true
        return written(form)
    }

    /// A JSON string (RFC 8259, section 7) that is safe for a terminal: control and invisible characters are escaped.
    package static func quoted(_ text: String) -> String { JSONValue.string(text).compact }

    private func written(_ form: JSONForm) -> String { String(decoding: bytes(form), as: UTF8.self) }

    private func bytes(_ form: JSONForm) -> [UInt8] {
        var writer = JSONWriter(form)
        writer.write(self)
        return writer.bytes
    }

    /// Whether it contains an array of objects or arrays, which is easier to read on several lines.
    fileprivate var isNested: Bool {
        switch self {
        case .array(let elements): elements.contains { $0.isContainer }
        case .object(let object): object.members.contains { $0.value.isNested }
        default: false
        }
    }

    fileprivate var isContainer: Bool {
        switch self {
        case .array, .object: true
        default: false
        }
    }

    static func isInvisible(_ scalar: Unicode.Scalar, after previous: Unicode.Scalar?) -> Bool {
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
}

/// Writes compact JSON piece by piece, for answers that are too long or too frequent to build a value first.
package struct JSONStream {
    private var writer = JSONWriter(.compact)
    /// Whether a comma goes before the next element or member.
    private var followsOther = false

    package init(capacity: Int = 0) { writer.reserve(capacity) }

    /// What has been written.
    package var bytes: [UInt8] { writer.bytes }

    package mutating func array(_ elements: (inout JSONStream) -> Void) { list("[", "]", elements) }

    package mutating func object(_ members: (inout JSONStream) -> Void) { list("{", "}", members) }

    /// An element of an array.
    package mutating func string(_ text: String) {
        separate()
        writer.string(text)
    }

    /// A member of an object.
    package mutating func member(_ name: String, _ text: String) {
        separate()
        writer.string(name)
        writer.put(":")
        writer.string(text)
    }

    /// A member of an object.
    package mutating func member(_ name: String, array elements: (inout JSONStream) -> Void) {
        separate()
        writer.string(name)
        writer.put(":")
        followsOther = false
        list("[", "]", elements)
    }

    private mutating func list(_ open: StaticString, _ close: StaticString, _ parts: (inout JSONStream) -> Void) {
        separate()
        writer.put(open)
        followsOther = false
        parts(&self)
        writer.put(close)
        followsOther = true
    }

    private mutating func separate() {
        if followsOther { writer.put(",") }
        followsOther = true
    }
}
