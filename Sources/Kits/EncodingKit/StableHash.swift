/// A hash that, unlike `Hasher`, is the same on every machine and in every run: FNV-1a, 64 bits.
///
/// Not a cryptographic hash.
package struct StableHash: Sendable {
    package private(set) var value: UInt64

    /// - Parameter seed: different seeds give different hashes of the same content.
    package init(seed: UInt64 = 0) { value = seed ^ 0xcbf2_9ce4_8422_2325 }

    package mutating func combine(byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }

    package mutating func combine(_ bytes: some Sequence<UInt8>) { for byte in bytes { combine(byte: byte) } }

    package mutating func combine(_ number: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) {
            combine(byte: UInt8(truncatingIfNeeded: number >> UInt64(shift)))
        }
    }

    /// Hashes a text and its end, so that consecutive texts cannot be confused with others of different lengths.
    package mutating func combine(_ text: String) {
        combine(text.utf8)
        combine(byte: 0xff)
    }

    /// 16 hexadecimal digits.
    package var hexadecimal: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
