import FoundationEssentials

/// Writes the numbers of a token: seven bits a byte, as text that needs no quoting.
struct TokenWriter {
    private var bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func append(_ number: Int) {
        var rest = UInt64(max(number, 0))
        repeat {
            bytes.append(UInt8(rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
            rest >>= 7
        } while rest > 0
    }

    mutating func append(list numbers: [Int]) {
        append(numbers.count)
        for number in numbers { append(number) }
    }

    /// - Parameter checksum: comes last.
    func text(_ prefix: String, checksum: UInt32) -> String {
        let end = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: checksum >> UInt32($0)) }
        let base64 = Data(bytes + end).base64EncodedString()
        return prefix + base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

extension TokenWriter {
    /// Starts with two bytes: the variant's number with the isolation, and the reductions, where a set bit means that
    /// ``Reductions`` `overlaps` is off.
    init(variant: Int?, _ isolation: Isolation, _ reductions: Reductions) {
        let mark: UInt8 = isolation == .snapshot ? 0x80 : 0
        self.init([UInt8(variant ?? 0x7f) | mark, reductions.rawValue ^ Reductions.overlaps.rawValue])
    }
}

extension TokenReader {
    /// The first two bytes of a token.
    mutating func beginning() throws(ReplayError) -> (variant: Int, isolation: Isolation, reductions: Reductions) {
        let (first, second) = (try byte(), try byte())
        return (
            Int(first & 0x7f), first & 0x80 == 0 ? .serial : .snapshot,
            Reductions(rawValue: second ^ Reductions.overlaps.rawValue)
        )
    }
}

/// Reads what a ``TokenWriter`` has written; everything in it is checked.
struct TokenReader {
    private var bytes: ArraySlice<UInt8>

    /// - Throws: ``ReplayError/notAToken(_:)``.
    init(_ text: String, prefix: String) throws(ReplayError) {
        guard text.hasPrefix(prefix) else { throw .notAToken("does not start with \(prefix)") }
        var base64 = text.dropFirst(prefix.count).replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.count % 4) % 4)
        guard let data = Data(base64Encoded: String(base64)) else { throw .notAToken("invalid characters") }
        bytes = Array(data)[...]
    }

    mutating func byte() throws(ReplayError) -> UInt8 {
        guard let byte = bytes.popFirst() else { throw .notAToken("truncated") }
        return byte
    }

    mutating func number() throws(ReplayError) -> Int {
        var (number, shift) = (0, 0)
        while true {
            let byte = try byte()
            guard shift < 28 else { throw .notAToken("a number is too large") }
            number |= Int(byte & 0x7f) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
    }

    mutating func numbers(_ count: Int) throws(ReplayError) -> [Int] {
        var numbers: [Int] = []
        for _ in 0..<count { numbers.append(try number()) }
        return numbers
    }

    mutating func list() throws(ReplayError) -> [Int] {
        let count = try number()
        guard count <= bytes.count else { throw .notAToken("truncated") }
        return try numbers(count)
    }

    /// The checksum, with which it ends.
    mutating func end() throws(ReplayError) -> UInt32 {
        var checksum: UInt32 = 0
        for _ in 0..<4 { checksum = checksum << 8 | UInt32(try byte()) }
        guard bytes.isEmpty else { throw .notAToken("too long") }
        return checksum
    }
}
