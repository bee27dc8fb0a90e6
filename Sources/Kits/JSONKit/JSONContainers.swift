/// The members of a JSON object for a `Decodable` type.
struct JSONObjectContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let decoder: JSONValueDecoder
    private let object: JSONObject
    /// Indices by name, if there are too many members for a linear search.
    private let places: [[UInt8]: Int]
    private static var few: Int { 16 }

    init(object: JSONObject, decoder: JSONValueDecoder) {
        self.object = object
        self.decoder = decoder
        guard object.members.count > Self.few else {
            places = [:]
            return
        }
        let named = object.members.enumerated().map { (Array($1.name.utf8), $0) }
        places = Dictionary(named, uniquingKeysWith: { $1 })
    }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var allKeys: [Key] { object.members.compactMap { Key(stringValue: $0.name) } }

    func contains(_ key: Key) -> Bool { member(key) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { try part(key).decodeNil() }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try part(key).decode(type) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try part(key).decode(type) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try part(key).decode(type) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try part(key).decode(type) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try part(key).decode(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try part(key).decode(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try part(key).decode(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try part(key).decode(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try part(key).decode(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try part(key).decode(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try part(key).decode(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try part(key).decode(type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try part(key).decode(type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try part(key).decode(type) }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try part(key).decode(type) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { try part(key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try part(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { superDecoder(JSONKey(stringValue: "super")) }
    func superDecoder(forKey key: Key) throws -> any Decoder { superDecoder(key) }

    private func superDecoder(_ key: any CodingKey) -> any Decoder {
        let found = member(key)
        return decoder.part(found?.value ?? .null, at: JSONKey(stringValue: found?.name ?? key.stringValue))
    }

    private func part(_ key: Key) throws -> JSONValueDecoder {
        guard let found = member(key) else {
            throw DecodingError.keyNotFound(
                JSONKey(stringValue: name(key)), .init(codingPath: codingPath, debugDescription: "missing"))
        }
        return decoder.part(found.value, at: JSONKey(stringValue: found.name))
    }

    /// An exact match takes precedence, because names of a dictionary are not converted.
    private func member(_ key: any CodingKey) -> JSONObject.Member? {
        member(key.stringValue) ?? (decoder.convertsNames ? member(name(key)) : nil)
    }

    private func member(_ name: String) -> JSONObject.Member? {
        guard places.isEmpty else { return places[Array(name.utf8)].map { object.members[$0] } }
        return object.members.last { $0.name.hasSameBytes(as: name) }
    }

    /// The name of a property in the text: `dueAt` is `due_at`.
    private func name(_ key: any CodingKey) -> String {
        guard decoder.convertsNames else { return key.stringValue }
        return key.stringValue.reduce(into: "") { name, character in
            name += character.isUppercase ? "_\(character.lowercased())" : String(character)
        }
    }
}

/// The elements of a JSON array for a `Decodable` type.
struct JSONArrayContainer: UnkeyedDecodingContainer {
    private let elements: [JSONValue]
    private let decoder: JSONValueDecoder
    private(set) var currentIndex = 0

    init(elements: [JSONValue], decoder: JSONValueDecoder) {
        self.elements = elements
        self.decoder = decoder
    }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex == elements.count }

    mutating func decodeNil() throws -> Bool {
        guard try next(Never.self).decodeNil() else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try take(type) { try $0.decode(type) }
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> { try take([String: Any].self) { try $0.container(keyedBy: type) } }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try take([Any].self) { try $0.unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder { try take((any Decoder).self) { $0 } }

    private mutating func take<Value>(_ type: any Any.Type, _ read: (JSONValueDecoder) throws -> Value) throws -> Value
    {
        let value = try read(try next(type))
        currentIndex += 1
        return value
    }

    private func next(_ type: any Any.Type) throws -> JSONValueDecoder {
        let key = JSONKey(intValue: currentIndex)
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                type, .init(codingPath: codingPath + [key], debugDescription: "the array ends"))
        }
        return decoder.part(elements[currentIndex], at: key)
    }
}
