import JSONKit

/// A place in a JSON text: what stands there, if anything, and the path that leads to it.
struct JSONField {
    /// Nil where there is nothing or `null`.
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

    /// The elements of an array; none where there is nothing.
    func elements() throws(BillError) -> [JSONField] {
        guard let value else { return [] }
        guard case .array(let elements) = value else { throw wrongType(.array) }
        guard elements.count <= Bill.maximumLines else { throw error(.tooManyLines(elements.count)) }
        return elements.enumerated().map { JSONField($1, path: "\(path)[\($0)]") }
    }

    /// What a string holds.
    func string() throws(BillError) -> FieldText {
        guard case .string(let text) = try present() else { throw wrongType(.string) }
        return FieldText(text: text, place: place)
    }

    /// What a number or a string holds, as it was written.
    func decimal() throws(BillError) -> FieldText {
        switch try present() {
        case .number(let text): return FieldText(text: text, place: place, isNumber: true)
        case .string(let text): return FieldText(text: text, place: place)
        default: throw wrongType(.decimal)
        }
    }

    /// What a boolean is; nil where there is nothing.
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
