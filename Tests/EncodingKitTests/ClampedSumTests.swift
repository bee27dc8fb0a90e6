import EncodingKit
import Testing

@Suite struct ClampedSumTests {
    @Test(
        arguments: [
            (1, 2, 3, -1), (.max, 1, .max, .max - 1), (.max, -1, .max - 1, .max), (.min, 1, .min + 1, .min),
            (.min, -1, .min, .min + 1), (.max, .max, .max, 0), (.min, .min, .min, 0), (0, .min, .min, .max),
            (-1, .min, .min, .max), (.min, .max, -1, .min),
        ] as [(Int64, Int64, Int64, Int64)])
    func `sums and differences are clamped`(left: Int64, right: Int64, sum: Int64, difference: Int64) {
        #expect(left.plus(right) == sum)
        #expect(left.minus(right) == difference)
    }
}
