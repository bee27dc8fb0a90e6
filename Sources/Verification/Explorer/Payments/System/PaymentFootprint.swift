import PaymentPartners

/// A set of tables, partners and budgets.
///
/// Tables as SQLite reports them when preparing its statements and as its rows differ afterwards, partners as their
/// models differ.
extension Footprint {
    static let tableLimit = 32

    mutating func addTables(touched: UInt64, changed: UInt64) { add(reads: touched, writes: changed) }

    mutating func addPartner(_ partner: Partner, isChanged: Bool) {
        let place: UInt64 = 1 << UInt64(Self.tableLimit + (Partner.allCases.firstIndex(of: partner) ?? 0))
        add(reads: place, writes: isChanged ? place : 0)
    }

    /// Limited resources.
    enum Budget: UInt64 {
        case lostAnswers = 40
        case lostQuestions, duplicates, crashes, decisions, refunds, conflicts
    }

    mutating func add(_ budget: Budget) { add(writes: 1 << budget.rawValue) }

    mutating func addReading(_ budget: Budget) { add(reads: 1 << budget.rawValue) }
}
