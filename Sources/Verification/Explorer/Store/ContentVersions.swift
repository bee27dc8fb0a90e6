import SQLKit

/// The contents of one store reached so far, by number, each with what a scheduler needs to know of it.
final class ContentVersions<Facts: Sendable> {
    typealias Version = Int32
    typealias RowName = DatabaseContent.RowName

    /// The result of one transaction on a content.
    struct Outcome {
        var result: Result<any Sendable, any Error>
        var version: Version
        /// Tables used by its statements, and tables whose rows differ afterwards, by number.
        var touched: UInt64
        var changed: UInt64
        /// Rows of the initial content that it has changed or deleted, or rewritten unchanged.
        var written: Set<RowName>
    }

    private let database: RewindableDatabase
    private let look: (any SQLConnection, DatabaseContent) throws -> Facts
    private var contents: [DatabaseContent] = []
    private var facts: [Facts] = []
    private var versions: [UInt64: Version] = [:]
    /// The number of transactions run on SQLite.
    private(set) var transactionCount = 0

    /// - Parameter look: reads the facts of a content.
    /// - Throws: ``RewindError``, `SQLError`.
    init(
        _ database: RewindableDatabase, look: @escaping (any SQLConnection, DatabaseContent) throws -> Facts
    ) throws {
        self.database = database
        self.look = look
        _ = try number(of: database.content)
    }

    var count: Int { contents.count }
    var tables: [RewindableDatabase.Table] { database.tables }

    func content(_ version: Version) -> DatabaseContent { contents[Int(version)] }

    func facts(_ version: Version) -> Facts { facts[Int(version)] }

    func run(
        isReadOnly: Bool, on version: Version, _ body: (any SQLConnection) throws -> any Sendable
    ) throws -> Outcome {
        try database.restore(contents[Int(version)])
        transactionCount += 1
        let run = database.run(isReadOnly: isReadOnly, body)
        return Outcome(
            result: run.result, version: run.changed == 0 ? version : try number(of: run.content),
            touched: run.touched, changed: run.changed, written: run.written)
    }

    /// Merges a transaction's changes to an earlier content into the current one.
    /// - Returns: nil when the merge violates a constraint.
    func merge(_ outcome: Outcome, since snapshot: Version, onto version: Version) throws -> Version? {
        guard version != snapshot else { return outcome.version }
        try database.restore(contents[Int(version)])
        transactionCount += 1
        let run = database.merge(contents[Int(outcome.version)], since: contents[Int(snapshot)])
        do {
            try run.result.get()
        } catch let error as SQLError where error.code == .constraint {
            return nil
        }
        return try number(of: run.content)
    }

    /// Reads a content outside of every history.
    func read<Value>(_ version: Version, _ body: (any SQLConnection) throws -> Value) throws -> Value {
        try database.restore(contents[Int(version)])
        return try database.run(isReadOnly: true, body).result.get()
    }

    private func number(of content: DatabaseContent) throws -> Version {
        if let known = versions[content.digest] { return known }
        // The database itself may still have dropped rows.
        try database.restore(content)
        let facts = try database.run(isReadOnly: true) { try look($0, content) }.result.get()
        let version = Version(contents.count)
        contents.append(content)
        self.facts.append(facts)
        versions[content.digest] = version
        return version
    }
}
