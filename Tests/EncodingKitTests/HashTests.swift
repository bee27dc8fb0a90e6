import EncodingKit
import Testing

/// Values that are stored or shown must be the same in every version.
@Suite struct HashTests {
    @Test(
        arguments: [
            ("", 0xcbf2_9ce4_8422_2325, 0x811c_9dc5), ("a", 0xaf63_dc4c_8601_ec8c, 0xe40c_292c),
            ("foobar", 0x8594_4171_f739_67e8, 0xbf9c_f968),
        ] as [(String, UInt64, UInt32)])
    func `FNV-1a has its published values`(text: String, long: UInt64, short: UInt32) {
        var hash = StableHash()
        hash.combine(text.utf8)
        #expect(hash.value == long && hash.hexadecimal == Hex.encode(long))
        var other = StableHash32()
        other.combine(text.utf8)
        #expect(other.value == short)
    }

    @Test func `a text ends where it ends`() {
        func hash(_ texts: String...) -> [UInt64] {
            var (long, short) = (StableHash(), StableHash32())
            for text in texts {
                long.combine(text)
                short.combine(text)
            }
            return [long.value, UInt64(short.value)]
        }
        #expect(zip(hash("ab", "c"), hash("a", "bc")).allSatisfy { $0 != $1 })
    }

    @Test func `SplitMix64 has its published sequence`() {
        var numbers = SplitMix64(state: 1_234_567)
        #expect(
            (0..<3).map { _ in numbers.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
    }

    @Test func `the words of a hash are taken whole, in their order`() {
        func mixed(_ words: [UInt64]) -> UInt64 {
            var hash = StableHash()
            for word in words { hash.combine(word: word) }
            return hash.mixed
        }
        #expect(mixed([1, 2]) != mixed([2, 1]) && mixed([1]) != mixed([1, 0]) && mixed([]) != mixed([0]))
    }

    @Test(
        arguments: [
            ([1.0], 50, 1.0), ([1, 2], 50, 1), ([1, 2, 3], 50, 2), ([1, 2, 3, 4], 95, 4), ([1, 2, 3, 4], 25, 1),
            ([1, 2, 3, 4], 26, 2), ([5], 0, 5), ([5, 6], 100, 6), ([], 50, nil),
        ] as [([Double], Int, Double?)])
    func `a percentile is the smallest value that so many do not exceed`(
        sorted: [Double], percent: Int, value: Double?
    ) { #expect(NearestRank.percentile(percent, of: sorted) == value) }

    @Test(arguments: [
        (Hex.encode(UInt8(0)), "00"), (Hex.encode(UInt16(0xAB)), "00ab"), (Hex.encode(Int16(-1)), "ffff"),
        (Hex.encode(UInt128(1) << 100), "00000010000000000000000000000000"),
    ])
    func `a number has all its digits`(digits: String, expected: String) { #expect(digits == expected) }
}
