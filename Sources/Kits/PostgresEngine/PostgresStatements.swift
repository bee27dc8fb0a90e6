/// A session's prepared statements, by their SQL; the least recently used ones are deallocated.
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
    /// How many statements stay prepared between transactions.
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

    /// Forgets a statement that could not be prepared.
    mutating func forget(_ sql: String) { known[sql] = nil }

    mutating func forgetAll() { known = [:] }

    /// Removes the least recently used statements above the capacity, and a tenth more, so that it seldom has to.
    /// - Returns: the names of the removed statements.
    mutating func removeSurplus() -> [String] {
        guard known.count > capacity else { return [] }
        let surplus = known.sorted { $0.value.lastUse < $1.value.lastUse }.prefix(known.count - capacity * 9 / 10)
        for (sql, _) in surplus { known[sql] = nil }
        return surplus.map(\.value.name)
    }
}
