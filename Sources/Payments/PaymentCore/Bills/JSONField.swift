import JSONKit

/// A location in a JSON text: its value, if any, and the path that leads to it.
struct JSONField {
    /// Nil for a missing value or `null`.
    let value: JSONValue?
    /// `bill.elements[2].amount`; empty for the root.
    let path: String

    init(root: JSONValue) {
        value = root
        path = ""
    }

    private init(_ value: JSONValue?, path: String) {
        self.value = value == .null ? nil : value
        self.path = path
    }

    var place: BillPlace { path.isEmpty ? .whole : .field(path) }

    /// The member of an object.
    subscript(_ name: String) -> JSONField {
        get throws(BillError) {
            guard case .object(let object) = try present() else { throw wrongType(.object) }
            return JSONField(object[name], path: path.isEmpty ? name : "\(path).\(name)")
        }
    }

    /// The elements of an array; empty for a missing value.
    func elements() throws(BillError) -> [JSONField] {
        guard let value else { return [] }
        guard case .array(let elements) = value else { throw wrongType(.array) }
        guard elements.count <= Bill.maximumLines else { throw error(.tooManyLines(elements.count)) }
        return elements.enumerated().map { JSONField($1, path: "\(path)[\($0)]") }
    }

    /// The content of a string.
    func string() throws(BillError) -> FieldText {
        guard case .string(let text) = try present() else { throw wrongType(.string) }
        return FieldText(text: text, place: place)
    }

    /// The content of a number or a string, as written.
    func decimal() throws(BillError) -> FieldText {
        switch try present() {
        case .number(let text): return FieldText(text: text, place: place, isNumber: true)
        case .string(let text): return FieldText(text: text, place: place)
        default: throw wrongType(.decimal)
        }
    }

    /// The value of a boolean; nil for a missing value.
    func flag() throws(BillError) -> Bool? {
        guard let value else { return nil }
        guard case .bool(let flag) = value else { throw wrongType(.boolean) }
        return flag
    }

    func error(_ reason: BillError.Reason) -> BillError { BillError(place, reason) }

    private func present() throws(BillError) -> JSONValue {
        guard let value else { throw error(.missing) }
        return value
    }

    private func wrongType(_ kind: JSONKind) -> BillError { error(.wrongType(expected: kind)) }
}
