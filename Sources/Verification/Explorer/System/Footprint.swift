import PaymentPartners

/// What a step read and changed: two steps with disjoint footprints lead to the same state in either
/// order, and neither disables the other.
///
/// Both are measured when the step is taken: tables as SQLite reports them when preparing its statements and as
/// its rows differ afterwards, partners as their models differ.
struct Footprint: Hashable, Sendable {
    /// A set of tables, partners and budgets.
    private(set) var reads: UInt64 = 0
    private(set) var writes: UInt64 = 0

    static let tableLimit = 32

    mutating func addTables(touched: UInt64, changed: UInt64) {
        reads |= touched
        writes |= changed
    }

    mutating func addPartner(_ partner: Partner, isChanged: Bool) {
        let place = Self.tableLimit + (Partner.allCases.firstIndex(of: partner) ?? 0)
        reads |= 1 << UInt64(place)
        if isChanged { writes |= 1 << UInt64(place) }
    }

    /// Limited resources.
    enum Budget: UInt64 {
        case lostAnswers = 40
        case lostQuestions, duplicates, crashes, decisions, refunds
    }

    mutating func add(_ budget: Budget) { writes |= 1 << budget.rawValue }

    /// The step depends on everything, and vice versa.
    mutating func addEverything() { writes = .max }

    func isIndependent(of other: Footprint) -> Bool {
        writes & (other.reads | other.writes) == 0 && other.writes & reads == 0
    }
}
