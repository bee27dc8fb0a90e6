// Numbers as font files have them, with the highest byte first.

extension [UInt8] {
    mutating func appendInteger16(_ value: Int) {
        append(UInt8(truncatingIfNeeded: value >> 8))
        append(UInt8(truncatingIfNeeded: value))
    }

    mutating func appendInteger32(_ value: Int) {
        appendInteger16(value >> 16)
        appendInteger16(value)
    }

    /// The sum of all words of 32 bits, modulo 2³²; the last one is filled up with zeros.
    var sum32: Int {
        var sum: UInt32 = 0
        for (position, byte) in enumerated() { sum &+= UInt32(byte) << UInt32(24 - position % 4 * 8) }
        return Int(sum)
    }
}
