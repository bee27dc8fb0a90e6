import FoundationEssentials

/// Decodes a `Decodable` type from a JSON value.
struct JSONValueDecoder: Decoder, SingleValueDecodingContainer {
    let value: JSONValue
    let codingPath: [any CodingKey]
    let convertsNames: Bool
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let object) = value else { throw mismatch([String: Any].self) }
        return KeyedDecodingContainer(JSONObjectContainer(object: object, decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = value else { throw mismatch([Any].self) }
        return JSONArrayContainer(elements: elements, decoder: self)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { value == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard case .bool(let value) = value else { throw mismatch(type) }
        return value
    }

    func decode(_ type: String.Type) throws -> String {
        guard case .string(let text) = value else { throw mismatch(type) }
        return text
    }

    func decode(_ type: Double.Type) throws -> Double { try floatingPoint(type) }
    func decode(_ type: Float.Type) throws -> Float { try floatingPoint(type) }
    func decode(_ type: Int.Type) throws -> Int { try integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if type == Decimal.self {
            guard case .number(let digits) = value else { throw mismatch(type) }
            guard let decimal = Decimal(string: digits), let value = decimal as? Value else {
                throw corrupted("not a decimal number")
            }
            return value
        }
        guard type == Data.self else { return try type.init(from: self) }
        guard let data = Data(base64Encoded: try decode(String.self)), let value = data as? Value else {
            throw corrupted("not base64")
        }
        return value
    }

    /// The decoder of a nested value.
    func part(_ value: JSONValue, at key: any CodingKey) -> JSONValueDecoder {
        JSONValueDecoder(value: value, codingPath: codingPath + [key], convertsNames: convertsNames)
    }

    private func integer<Number: FixedWidthInteger>(_ type: Number.Type) throws -> Number {
        guard case .number(let digits) = value else { throw mismatch(type) }
        if let number = Number(digits) { return number }
        guard let number = Self.whole(digits).flatMap({ Number($0) }) else {
            throw corrupted("not a whole number of \(Number.bitWidth) bits")
        }
        return number
    }

    /// The digits of a whole number written with a point or an exponent; nil for other numbers and for those too long
    /// for any integer.
    private static func whole(_ number: String) -> String? {
        let sign = number.utf8.first == UInt8(ascii: "-") ? "-" : ""
        var digits: [UInt8] = []
        var scale = 0
        var rest = number.utf8.dropFirst(sign.utf8.count)[...]
        var isFraction = false
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                // With a larger exponent only zero is an integer.
                scale += Int(String(decoding: rest, as: UTF8.self)) ?? .min / 2
                rest = rest[rest.endIndex...]
            default:
                digits.append(byte)
                if isFraction { scale -= 1 }
            }
        }
        let significant = digits.drop { $0 == zero }
        guard !significant.isEmpty else { return "0" }
        if scale >= 0 {
            guard significant.count <= maximumIntegerLength, scale <= maximumIntegerLength else { return nil }
            return sign + String(decoding: significant, as: UTF8.self) + String(repeating: "0", count: scale)
        }
        let end = significant.count + max(scale, -significant.count)
        guard significant.dropFirst(end).allSatisfy({ $0 == zero }), end > 0 else { return nil }
        return sign + String(decoding: significant.prefix(end), as: UTF8.self)
    }

    private static let zero = UInt8(ascii: "0")
    private static let maximumIntegerLength = 20

    private func floatingPoint<Number: BinaryFloatingPoint & LosslessStringConvertible>(
        _ type: Number.Type
    ) throws -> Number {
        guard case .number(let digits) = value else { throw mismatch(type) }
        guard let number = Number(digits), number.isFinite else { throw corrupted("too large") }
        return number
    }

    private func mismatch(_ type: any Any.Type) -> DecodingError {
        let context = DecodingError.Context(codingPath: codingPath, debugDescription: "of another type")
        return value == .null ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }

    private func corrupted(_ what: String) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: codingPath, debugDescription: what))
    }
}

/// A name in an object, or an index in an array.
struct JSONKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = "\(intValue)"
        self.intValue = intValue
    }
}
