/// A hash of any value by its content that is the same in every run and on every machine, unlike `Hasher`: FNV-1a.
struct Signature {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func absorb(_ number: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) { absorb(byte: UInt8(truncatingIfNeeded: number >> UInt64(shift))) }
    }

    mutating func absorb(_ text: String) {
        for byte in text.utf8 { absorb(byte: byte) }
        absorb(byte: 0xff)
    }

    /// Structures, tuples and collections part by part, everything else as it describes itself.
    mutating func absorb(anyOf value: Any) {
        if let bytes = value as? [UInt8] {
            for byte in bytes { absorb(byte: byte) }
            return
        }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .dictionary?, .set?:
            // Their order is another one every time.
            absorb(
                mirror.children.reduce(0 as UInt64) { sum, child in
                    var part = Signature()
                    part.absorb(anyOf: child.value)
                    return sum &+ part.value
                })
        case _ where mirror.children.isEmpty:
            absorb("\(value)")
        default:
            for child in mirror.children {
                absorb(child.label ?? "")
                absorb(anyOf: child.value)
            }
        }
    }

    private mutating func absorb(byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
}
