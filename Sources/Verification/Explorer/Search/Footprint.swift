/// What a step read and changed: two steps with disjoint footprints lead to the same state in either
/// order, and neither disables the other.
///
/// It is measured when the step is taken. What the 64 places stand for is the system's matter.
struct Footprint: Hashable, Sendable {
    private(set) var reads: UInt64 = 0
    private(set) var writes: UInt64 = 0

    mutating func add(reads: UInt64 = 0, writes: UInt64 = 0) {
        self.reads |= reads
        self.writes |= writes
    }

    /// The step depends on everything, and vice versa.
    mutating func addEverything() { writes = .max }

    func isIndependent(of other: Footprint) -> Bool {
        writes & (other.reads | other.writes) == 0 && other.writes & reads == 0
    }
}
