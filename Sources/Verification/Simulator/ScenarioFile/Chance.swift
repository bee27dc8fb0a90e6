import EncodingKit
import PaymentCore

/// The random decisions of a scenario, determined by its seed and the subject, independent of earlier
/// decisions: the same seed gives the same decisions, however the steps interleave.
package struct Chance: Sendable {
    private var numbers: SplitMix64

    /// - Parameter subject: what is decided; subjects are independent.
    package init(seed: UInt64, _ subject: String) {
        var hash = StableHash(seed: seed)
        hash.combine(subject.utf8)
        numbers = SplitMix64(state: hash.value)
    }

    package mutating func next() -> UInt64 { numbers.next() }

    /// From 0 to below 1.
    package mutating func share() -> Double { Double(next() >> 11) / Double(UInt64(1) << 53) }

    package mutating func seconds(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * share()
    }

    /// From 0 to below `count`, which must be positive.
    package mutating func index(below count: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(count)).high) }

    /// One of the names, with a probability by its weight; nil when no weight is positive.
    package mutating func choice(_ weights: [(name: String, weight: Double)]) -> String? {
        let total = weights.reduce(0) { $0 + $1.weight }
        guard total > 0 else { return nil }
        var left = share() * total
        for (name, weight) in weights where weight > 0 {
            left -= weight
            if left < 0 { return name }
        }
        return weights.last { $0.weight > 0 }?.name
    }
}
