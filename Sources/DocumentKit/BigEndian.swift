/// Reads numbers with the highest byte first; nil beyond the end.
struct BigEndianReader {
    private let data: [UInt8]

    init(_ data: [UInt8]) { self.data = data }

    func byte(at position: Int) -> UInt8? { data.indices.contains(position) ? data[position] : nil }

    func bytes(at position: Int, count: Int) -> [UInt8]? {
        guard position >= 0, count >= 0, count <= data.count - position else { return nil }
        return Array(data[position..<position + count])
    }

    func integer16(at position: Int) -> Int? {
        guard position >= 0, position < data.count - 1 else { return nil }
        return Int(data[position]) << 8 | Int(data[position + 1])
    }

    func integer32(at position: Int) -> Int? {
        guard let high = integer16(at: position), let low = integer16(at: position + 2) else { return nil }
        return high << 16 | low
    }

    func signed16(at position: Int) -> Int? {
        integer16(at: position).map { Int(Int16(truncatingIfNeeded: $0)) }
    }

    func signed8(at position: Int) -> Int? { byte(at: position).map { Int(Int8(bitPattern: $0)) } }

    /// The sum of all words of 32 bits, modulo 2³²; bytes beyond the last whole word are left out.
    var sum32: Int {
        let words = stride(from: 0, to: data.count - 3, by: 4)
        return words.reduce(0) { ($0 + (integer32(at: $1) ?? 0)) & 0xFFFF_FFFF }
    }
}

extension [UInt8] {
    mutating func appendInteger16(_ value: Int) {
        append(UInt8(truncatingIfNeeded: value >> 8))
        append(UInt8(truncatingIfNeeded: value))
    }

    mutating func appendInteger32(_ value: Int) {
        appendInteger16(value >> 16)
        appendInteger16(value)
    }

    mutating func setInteger16(_ value: Int, at position: Int) {
        self[position] = UInt8(truncatingIfNeeded: value >> 8)
        self[position + 1] = UInt8(truncatingIfNeeded: value)
    }
}
