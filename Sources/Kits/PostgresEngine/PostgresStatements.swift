/// The statements that a session has prepared, by their text; those not used for the longest time are given up.
struct PostgresStatements {
    struct Known {
        var name: String
        /// Known after the first use.
        var columns: PostgresColumns?
        fileprivate var lastUse: Int
    }

    private var known: [String: Known] = [:]
    private var uses = 0
    private var lastName = 0
    /// How many stay prepared from one transaction to the next.
    private let capacity: Int

    init(capacity: Int = 500) { self.capacity = capacity }

    var count: Int { known.count }

    /// The name under which to run `sql`, and whether it has to be prepared under that name first.
    mutating func use(_ sql: String) -> (name: String, isNew: Bool) {
        uses += 1
        if let index = known.index(forKey: sql) {
            known.values[index].lastUse = uses
            return (known.values[index].name, false)
        }
        lastName += 1
        let name = "s\(lastName)"
        known[sql] = Known(name: name, lastUse: uses)
        return (name, true)
    }

    func columns(of sql: String) -> PostgresColumns? { known[sql]?.columns }

    mutating func set(_ columns: PostgresColumns, of sql: String) { known[sql]?.columns = columns }

    /// It was not prepared after all.
    mutating func forget(_ sql: String) { known[sql] = nil }

    mutating func forgetAll() { known = [:] }

    /// Removes the least recently used where there are too many: a tenth more than that, so that it is rarely due.
    /// - Returns: the names of the removed.
    mutating func removeSurplus() -> [String] {
        guard known.count > capacity else { return [] }
        let surplus = known.sorted { $0.value.lastUse < $1.value.lastUse }.prefix(known.count - capacity * 9 / 10)
        for (sql, _) in surplus { known[sql] = nil }
        return surplus.map(\.value.name)
    }
}
