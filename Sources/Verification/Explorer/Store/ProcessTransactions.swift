import EncodingKit
import SQLKit
import WorldKit

/// The transactions of processes on one store.
///
/// Code and SQL are deterministic between two effects, so that a transaction runs once on each content it meets. With
/// ``Isolation/snapshot`` the node of a process whose transaction has begun and not committed is a twin of the node that
/// waits for it; so is that of one that has conflicted and will run again.
final class ProcessTransactions<
    Code: ExploredProgram, Request: TransactionRequest, Outcome: Sendable, Facts: Sendable
> {
    typealias Tree = HistoryTree<Code, Request, Outcome>
    typealias Node = Tree.Node
    typealias Versions = ContentVersions<Facts>
    typealias Version = Versions.Version
    typealias RowName = DatabaseContent.RowName

    struct Result {
        let child: Node
        let version: Version
        /// Tables used and tables changed, by number.
        var touched: UInt64 = 0
        var changed: UInt64 = 0
        /// The rows of its snapshot that it has changed or deleted, or written as they were.
        var written: Set<RowName> = []
    }

    private struct Key: Hashable {
        let node: Node
        let version: Version
        let clock: Instant
    }

    private struct BeginKey: Hashable {
        let node: Node
        let version: Version
    }

    /// What a twin stands for.
    private struct Standing {
        let origin: Node
        /// How often the transaction has conflicted.
        var conflicts = 0
        /// What it is to commit, once it has begun.
        var begun: (snapshot: Version, outcome: Versions.Outcome)?
    }

    private let tree: Tree
    private let versions: Versions
    private let remembers: Bool
    private var results: [Key: Result] = [:]
    private var beginnings: [BeginKey: Node?] = [:]
    private var standings: [Node: Standing] = [:]

    /// - Parameter remembers: false to run every transaction anew.
    init(_ tree: Tree, _ versions: Versions, remembers: Bool) {
        (self.tree, self.versions, self.remembers) = (tree, versions, remembers)
    }

    /// Whether the process at the node is between the begin of a transaction and its commit.
    func hasBegun(_ node: Node) -> Bool { standings[node]?.begun != nil }

    /// Runs the transaction that `node` waits for, or commits the one that has begun.
    func run(_ node: Node, on version: Version, at clock: Instant) throws -> Result {
        let key = Key(node: node, version: version, clock: clock)
        if remembers, let known = results[key] { return known }
        let standing = standings[node] ?? Standing(origin: node)
        let result =
            if standing.begun != nil {
                try commit(standing, on: version, at: clock)
            } else {
                try runAlone(standing.origin, on: version, at: clock)
            }
        results[key] = result
        return result
    }

    private func runAlone(_ node: Node, on version: Version, at clock: Instant) throws -> Result {
        guard let body = tree.effect(at: node)?.transaction else { return Result(child: node, version: version) }
        let outcome = try versions.run(isReadOnly: body.isReadOnly, on: version, body.run)
        return Result(
            child: try tree.child(of: node, Answer(outcome.result, clock: clock)), version: outcome.version,
            touched: outcome.touched, changed: outcome.changed, written: outcome.written)
    }

    // MARK: Overlapping transactions

    /// The node of a process whose transaction begins on a snapshot of `version`; nil when overlapping others makes no
    /// difference to it, because it writes nothing.
    func begin(_ node: Node, on version: Version) throws -> Node? {
        let key = BeginKey(node: node, version: version)
        if remembers, let known = beginnings[key] { return known }
        var begun: Node?
        var standing = standings[node] ?? Standing(origin: node)
        if standing.begun == nil, let body = tree.effect(at: standing.origin)?.transaction, !body.isReadOnly {
            let outcome = try versions.run(isReadOnly: false, on: version, body.run)
            if outcome.changed != 0 || !outcome.written.isEmpty {
                standing.begun = (version, outcome)
                begun = twin(standing)
            }
        }
        beginnings[key] = begun
        return begun
    }

    /// The tables that a begun transaction has used, by number.
    func touched(by node: Node) -> UInt64 { standings[node]?.begun?.outcome.touched ?? 0 }

    /// Where a process goes on whose transaction has begun, when another one commits that has written the same rows;
    /// nil when it has not.
    func interrupted(_ node: Node, by written: Set<RowName>, at clock: Instant) throws -> Node? {
        guard !written.isEmpty, let standing = standings[node], let begun = standing.begun,
            !begun.outcome.written.isDisjoint(with: written)
        else { return nil }
        return try conflicted(standing, at: clock)
    }

    /// Whether it makes a difference that a transaction begins before another one commits, and not after it.
    /// - Parameters:
    ///   - node: of the one that has begun, on the snapshot that the other one has found.
    ///   - other: what the other one does.
    func isAffected(_ node: Node, by other: Result, at clock: Instant) throws -> Bool {
        guard let standing = standings[node], let begun = standing.begun else { return false }
        if !begun.outcome.written.isDisjoint(with: other.written) { return true }
        guard begun.outcome.touched & other.changed != 0 else { return false }
        let overlapping = try run(node, on: other.version, at: clock)
        let after = try run(standing.origin, on: other.version, at: clock)
        return overlapping.child != after.child || overlapping.version != after.version
            || overlapping.written != after.written
    }

    private func commit(_ standing: Standing, on version: Version, at clock: Instant) throws -> Result {
        guard let (snapshot, outcome) = standing.begun else {
            return try runAlone(standing.origin, on: version, at: clock)
        }
        guard let merged = try versions.merge(outcome, since: snapshot, onto: version) else {
            return Result(child: try conflicted(standing, at: clock), version: version, touched: outcome.touched)
        }
        return Result(
            child: try tree.child(of: standing.origin, Answer(outcome.result, clock: clock)), version: merged,
            touched: outcome.touched, changed: outcome.changed, written: outcome.written)
    }

    /// It runs again, as often as an engine tries.
    private func conflicted(_ standing: Standing, at clock: Instant) throws -> Node {
        let conflicts = standing.conflicts + 1
        if conflicts < SQLRetry.attempts { return twin(Standing(origin: standing.origin, conflicts: conflicts)) }
        let error = SQLError(code: .conflict, message: "another transaction has changed the same data")
        return try tree.child(of: standing.origin, Answer(.failure(error), clock: clock))
    }

    private func twin(_ standing: Standing) -> Node {
        var mark = StableHash()
        mark.combine(word: UInt64(standing.conflicts))
        if let begun = standing.begun { mark.combine(word: versions.content(begun.snapshot).digest) }
        let node = tree.twin(of: standing.origin, mark: mark.value)
        standings[node] = standing
        return node
    }
}
