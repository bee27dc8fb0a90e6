package import JSONKit

/// The fields of one message or request, each of its declared form.
package struct FieldSet: Hashable, Sendable {
    private var values: [String: FieldValue] = [:]

    package init() {}

    /// A field's value; nil where it is not given.
    package subscript<Value>(_ field: Field<Value>) -> Value? {
        get { values[field.name].flatMap(field.unwrap) }
        set { values[field.name] = newValue.map(field.wrap) }
    }

    package func with<Value>(_ field: Field<Value>, _ value: Value?) -> FieldSet {
        var fields = self
        fields[field] = value
        return fields
    }

    /// - Throws: ``JSONKit/FieldError`` when it is not given.
    package func required<Value>(_ field: Field<Value>) throws(FieldError) -> Value {
        guard let value = self[field] else { throw FieldError(field: field.name, problem: "missing") }
        return value
    }

    /// These fields and those of `other`, which count where both have one.
    package func merging(_ other: FieldSet) -> FieldSet {
        var fields = self
        fields.values.merge(other.values) { $1 }
        return fields
    }

    /// Only the fields of a form.
    package func limited(to form: BodyForm) -> FieldSet {
        var fields = self
        fields.values = values.filter { value in form.fields.contains { $0.name == value.key } }
        return fields
    }

    /// The canonical JSON: equal fields have equal bytes.
    package var json: [UInt8] {
        JSONValue.members(values.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) }).canonical
    }

    /// Why these fields do not have a form; nil when they do.
    package func flaw(for form: BodyForm) -> FieldError? {
        for field in form.fields {
            guard let value = values[field.name] else {
                if field.isRequired { return FieldError(field: field.name, problem: "missing") }
                continue
            }
            if !field.form.admits(value) { return FieldError(field: field.name, problem: "not an allowed value") }
        }
        let unknown = values.keys.filter { name in !form.fields.contains { $0.name == name } }.min()
        return unknown.map { FieldError(field: $0, problem: "unknown") }
    }

    /// Reads a JSON object with exactly the fields of a form.
    /// - Throws: ``JSONKit/FieldError`` for a missing, unknown or repeated field, and for a value of another form.
    package init(_ bytes: [UInt8], as form: BodyForm) throws(FieldError) {
        let json: JSONValue
        do {
            json = try JSONValue(parsing: bytes, as: .interoperable)
        } catch {
            throw FieldError(field: "", problem: error.message(in: bytes))
        }
        guard let object = json.object else { throw FieldError(field: "", problem: "not an object") }
        for member in object.members {
            guard let field = form.fields.first(where: { $0.name == member.name }) else {
                throw FieldError(field: String(member.name.prefix(64)), problem: "unknown")
            }
            values[field.name] = try field.form.read(member.value, field: field.name)
        }
        if let flaw = flaw(for: form) { throw flaw }
    }
}

/// The fields that a body has.
package struct BodyForm: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package var name: String
        package var form: FieldForm
        package var isRequired: Bool
    }

    package var fields: [Member]

    init(_ fields: [Member]) { self.fields = fields }

    /// Every field that any message, request or answer has: for what a service keeps for itself.
    package static let any = BodyForm([
        Field.userID.optional, Field.orderID.optional, Field.paymentID.optional, Field.basketID.optional,
        Field.requestID.optional, Field.email.optional, Field.firstName.optional, Field.lastName.optional,
        Field.phone.optional, Field.passwordHash.optional, Field.passwordKey.optional, Field.message.optional,
        Field.amount.optional, Field.price.optional, Field.balance.optional, Field.reason.optional,
        Field.status.optional, Field.createdAt.optional, Field.attempt.optional, Field.basketStatus.optional,
        Field.number.optional, Field.after.optional,
    ])

    package func has<Value>(_ field: Field<Value>) -> Bool { fields.contains { $0.name == field.name } }

    package func requires<Value>(_ field: Field<Value>) -> Bool {
        fields.contains { $0.name == field.name && $0.isRequired }
    }
}

extension Field {
    /// The field where it has to be given.
    var required: BodyForm.Member { BodyForm.Member(name: name, form: form, isRequired: true) }

    /// The field where it may be left out.
    var optional: BodyForm.Member { BodyForm.Member(name: name, form: form, isRequired: false) }
}
