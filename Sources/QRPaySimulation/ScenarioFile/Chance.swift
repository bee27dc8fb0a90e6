/// Everything that a scenario leaves to chance, decided by its seed and by what it is asked about, whatever was asked
/// before: so the same seed makes the same decisions, however the steps meet.
package struct Chance: Sendable {
    private var state: UInt64

    /// - Parameter subject: what is decided; another one has decisions of its own.
    package init(seed: UInt64, _ subject: String) {
        // FNV-1a, 64 bits.
        state = subject.utf8.reduce(seed ^ 0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// From 0 to below 1.
    package mutating func share() -> Double { Double(next() >> 11) / Double(UInt64(1) << 53) }

    package mutating func seconds(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * share()
    }

    /// From 0 to below `count`, which must be positive.
    package mutating func index(below count: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(count)).high) }

    /// One of the names, each as likely as its weight; nil when no weight is positive.
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
