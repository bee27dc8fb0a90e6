import FoundationEssentials

extension JSONValue {
    /// The JSON of an `Encodable` type: members in the order in which they are encoded, `Decimal` as a
    /// number, `Data` as base64.
    /// - Throws: `EncodingError`, for example for a number that is not finite.
    package init(encoding value: some Encodable) throws {
        self = try JSONValueEncoder.value(of: value, at: [])
    }
}

/// Encodes an `Encodable` type as a JSON value.
private struct JSONValueEncoder: Encoder {
    let place = JSONPlace()
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// The types that have a form of their own, and the most frequent ones, without a container.
    static func value(of value: some Encodable, at path: [any CodingKey]) throws -> JSONValue {
        switch value {
        case let value as String: return .string(value)
        case let value as Int: return .integer(value)
        case let value as Bool: return .bool(value)
        case let value as Double: return try number(value, at: path)
        case let value as JSONValue: return value
        case let value as JSONObject: return .object(value)
        case let value as Decimal: return try number(value, at: path)
        case let value as Data: return .string(value.base64EncodedString())
        default:
            let encoder = JSONValueEncoder(codingPath: path)
            try value.encode(to: encoder)
            return encoder.place.value
        }
    }

    private static func number(_ number: Decimal, at path: [any CodingKey]) throws -> JSONValue {
        guard !number.isNaN else { throw notANumber(number, at: path) }
        return .number(number.description)
    }

    private static func notANumber(_ value: Any, at path: [any CodingKey]) -> EncodingError {
        .invalidValue(value, .init(codingPath: path, debugDescription: "JSON has no number for it"))
    }

    static func number<Number: BinaryFloatingPoint & CustomStringConvertible>(
        _ number: Number, at path: [any CodingKey]
    ) throws -> JSONValue {
        guard number.isFinite else { throw notANumber(number, at: path) }
        let digits = number.description
        return .number(digits.hasSuffix(".0") ? String(digits.dropLast(2)) : digits)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if place.parts.isNone { place.parts = .object([]) }
        return KeyedEncodingContainer(JSONObjectEncoding<Key>(place: place, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if place.parts.isNone { place.parts = .array([]) }
        return JSONArrayEncoding(place: place, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        JSONSingleEncoding(place: place, codingPath: codingPath)
    }
}

/// Where an encoder puts a value, or the parts of one.
private final class JSONPlace {
    enum Parts {
        case none
        case value(JSONValue)
        case array([JSONPlace])
        case object([(name: String, place: JSONPlace)])

        var isNone: Bool { if case .none = self { true } else { false } }
    }

    var parts: Parts

    init(_ parts: Parts = .none) { self.parts = parts }

    /// What encoded nothing is an empty object, as in Foundation.
    var value: JSONValue {
        switch parts {
        case .none: .object(JSONObject())
        case .value(let value): value
        case .array(let places): .array(places.map(\.value))
        case .object(let members): .members(members.map { ($0.name, $0.place.value) })
        }
    }

    func append(_ part: JSONPlace) {
        guard case .array(var places) = parts else { return }
        parts = .none
        places.append(part)
        parts = .array(places)
    }

    /// Adds a member, or replaces the one of that name.
    func set(_ name: String, _ part: JSONPlace) {
        guard case .object(var members) = parts else { return }
        parts = .none
        if let index = members.firstIndex(where: { $0.name.hasSameBytes(as: name) }) {
            members[index].place = part
        } else {
            members.append((name, part))
        }
        parts = .object(members)
    }

    var count: Int { if case .array(let places) = parts { places.count } else { 0 } }
}

private struct JSONObjectEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let place: JSONPlace
    let codingPath: [any CodingKey]

    func encodeNil(forKey key: Key) { place.set(key.stringValue, JSONPlace(.value(.null))) }

    func encode(_ value: some Encodable, forKey key: Key) throws {
        place.set(
            key.stringValue, JSONPlace(.value(try JSONValueEncoder.value(of: value, at: codingPath + [key]))))
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> { part(key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { part(key).unkeyedContainer() }

    func superEncoder() -> any Encoder { part(JSONKey(stringValue: "super")) }
    func superEncoder(forKey key: Key) -> any Encoder { part(key) }

    private func part(_ key: any CodingKey) -> JSONValueEncoder {
        let encoder = JSONValueEncoder(codingPath: codingPath + [key])
        place.set(key.stringValue, encoder.place)
        return encoder
    }
}

private struct JSONArrayEncoding: UnkeyedEncodingContainer {
    let place: JSONPlace
    let codingPath: [any CodingKey]

    var count: Int { place.count }

    func encodeNil() { place.append(JSONPlace(.value(.null))) }

    func encode(_ value: some Encodable) throws {
        place.append(JSONPlace(.value(try JSONValueEncoder.value(of: value, at: path))))
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        part().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { part().unkeyedContainer() }

    func superEncoder() -> any Encoder { part() }

    private var path: [any CodingKey] { codingPath + [JSONKey(intValue: count)] }

    private func part() -> JSONValueEncoder {
        let encoder = JSONValueEncoder(codingPath: path)
        place.append(encoder.place)
        return encoder
    }
}

private struct JSONSingleEncoding: SingleValueEncodingContainer {
    let place: JSONPlace
    let codingPath: [any CodingKey]

    func encodeNil() { place.parts = .value(.null) }
    func encode(_ value: Bool) { place.parts = .value(.bool(value)) }
    func encode(_ value: String) { place.parts = .value(.string(value)) }
    func encode(_ value: Double) throws { place.parts = .value(try JSONValueEncoder.number(value, at: codingPath)) }
    func encode(_ value: Float) throws { place.parts = .value(try JSONValueEncoder.number(value, at: codingPath)) }
    func encode(_ value: Int) { integer(value) }
    func encode(_ value: Int8) { integer(value) }
    func encode(_ value: Int16) { integer(value) }
    func encode(_ value: Int32) { integer(value) }
    func encode(_ value: Int64) { integer(value) }
    func encode(_ value: UInt) { integer(value) }
    func encode(_ value: UInt8) { integer(value) }
    func encode(_ value: UInt16) { integer(value) }
    func encode(_ value: UInt32) { integer(value) }
    func encode(_ value: UInt64) { integer(value) }

    func encode(_ value: some Encodable) throws {
        place.parts = .value(try JSONValueEncoder.value(of: value, at: codingPath))
    }

    private func integer(_ value: some FixedWidthInteger) { place.parts = .value(.number("\(value)")) }
}
