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

    /// Takes a whole word in one step: faster than its bytes, and another hash than theirs.
    package mutating func combine(word: UInt64) {
        value = (value ^ word) &* 0x100_0000_01b3
        value ^= value >> 29
    }

    /// 16 hexadecimal digits.
    package var hexadecimal: String { Hex.encode(value) }

    /// The value with all its bits depending on each other, so that sums of hashes distinguish contents.
    package var mixed: UInt64 { SplitMix64.mixed(value) }
}

/// FNV-1a, 32 bits: for checksums that people type.
package struct StableHash32: Sendable {
    package private(set) var value: UInt32 = 0x811c_9dc5

    package init() {}

    package mutating func combine(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt32(byte)) &* 0x0100_0193 }
    }

    /// Hashes a text and its end.
    package mutating func combine(_ text: String) {
        combine(text.utf8)
        combine(CollectionOfOne(0xff))
    }
}
