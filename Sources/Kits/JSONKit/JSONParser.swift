/// A recursive-descent parser of one JSON text.
struct JSONParser {
    /// Far more than any document needs, far less than the stack allows.
    static let maximumDepth = 64

    private let profile: JSONProfile
    private var scanner: JSONScanner
    private var depth = 0

    init(bytes: [UInt8], profile: JSONProfile) {
        self.profile = profile
        scanner = JSONScanner(bytes: bytes, profile: profile)
    }

    mutating func document() throws(JSONError) -> JSONValue {
        if !profile.repairsText { try scanner.requireUTF8() }
        if profile.skipsByteOrderMark { scanner.skipByteOrderMark() }
        let value = try value()
        scanner.skipBlanks()
        guard scanner.next == nil else { throw scanner.error(.textAfterEnd) }
        return value
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        scanner.skipBlanks()
        guard let byte = scanner.next else { throw scanner.error(.unexpectedEnd) }
        switch byte {
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "\""): return .string(try scanner.string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try scanner.number())
        case UInt8(ascii: "t"):
            try scanner.word("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try scanner.word("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try scanner.word("null")
            return .null
        default: throw scanner.unexpected()
        }
    }

    private mutating func object() throws(JSONError) -> JSONObject {
        try open()
        defer { depth -= 1 }
        var object = JSONObject()
        if scanner.skip(UInt8(ascii: "}")) { return object }
        var names = JSONNames()
        repeat {
            scanner.skipBlanks()
            let start = scanner.offset
            guard scanner.next == UInt8(ascii: "\"") else { throw scanner.unexpected() }
            let name = try scanner.string()
            if !profile.keepsRepeatedNames, !names.insert(name) {
                throw JSONError(offset: start, flaw: .duplicateName(name))
            }
            guard scanner.skip(UInt8(ascii: ":")) else { throw scanner.unexpected() }
            object.members.append(.init(name: name, value: try value()))
        } while scanner.skip(UInt8(ascii: ","))
        guard scanner.skip(UInt8(ascii: "}")) else { throw scanner.unexpected() }
        return object
    }

    private mutating func array() throws(JSONError) -> [JSONValue] {
        try open()
        defer { depth -= 1 }
        var elements: [JSONValue] = []
        if scanner.skip(UInt8(ascii: "]")) { return elements }
        repeat { elements.append(try value()) } while scanner.skip(UInt8(ascii: ","))
        guard scanner.skip(UInt8(ascii: "]")) else { throw scanner.unexpected() }
        return elements
    }

    /// Enters the array or object that begins here.
    private mutating func open() throws(JSONError) {
        guard depth < Self.maximumDepth else { throw scanner.error(.tooDeep(maximum: Self.maximumDepth)) }
        depth += 1
        scanner.offset += 1
    }
}

/// The names of one object. Names are compared by bytes, because `String` treats `é` and `e` with a combining accent as
/// equal.
struct JSONNames {
    private var first: [String] = []
    private var others: Set<[UInt8]> = []
    /// Comparing a few names is faster than hashing them.
    private static let few = 16

    /// Adds a name; false if it is already present.
    mutating func insert(_ name: String) -> Bool {
        guard !first.contains(where: { $0.hasSameBytes(as: name) }) else { return false }
        if first.count < Self.few {
            first.append(name)
            return true
        }
        return others.insert(Array(name.utf8)).inserted
    }
}

extension String {
    func hasSameBytes(as other: String) -> Bool { utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8) }
}
