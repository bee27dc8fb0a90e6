import EncodingKit
import SQLKit
import WorldKit

/// The transactions of processes on one store.
///
/// Code and SQL are deterministic between two effects, so a transaction runs once on each content. With
/// ``Isolation/snapshot``, a process whose transaction has begun and not committed is at a twin of the node that waits
/// for the transaction. A process whose transaction conflicts returns to that node, as if the transaction had never
/// begun.
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
        /// Rows of its snapshot that it has changed or deleted, or rewritten unchanged.
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

    /// A transaction between its begin and its commit.
    private struct Begun {
        let origin: Node
        let snapshot: Version
        /// The outcome that it will commit.
        let outcome: Versions.Outcome
    }

    private let tree: Tree
    private let versions: Versions
    private let remembers: Bool
    private var results: [Key: Result] = [:]
    private var beginnings: [BeginKey: Node?] = [:]
    private var begun: [Node: Begun] = [:]

    /// - Parameter remembers: false to run every transaction again instead of reusing results.
    init(_ tree: Tree, _ versions: Versions, remembers: Bool) {
        (self.tree, self.versions, self.remembers) = (tree, versions, remembers)
    }

    /// Whether the process at the node has an open transaction.
    func hasBegun(_ node: Node) -> Bool { begun[node] != nil }

    /// Runs the transaction that `node` waits for, or commits its open transaction.
    func run(_ node: Node, on version: Version, at clock: Instant) throws -> Result {
        let key = Key(node: node, version: version, clock: clock)
        if remembers, let known = results[key] { return known }
        let result =
            if let begun = begun[node] {
                try commit(begun, on: version, at: clock)
            } else {
                try runAlone(node, on: version, at: clock)
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

    /// The node of a process after its transaction began on a snapshot of `version`; nil for a read-only transaction,
    /// which overlapping cannot affect.
    func begin(_ node: Node, on version: Version) throws -> Node? {
        let key = BeginKey(node: node, version: version)
        if remembers, let known = beginnings[key] { return known }
        var twin: Node?
        if !hasBegun(node), let body = tree.effect(at: node)?.transaction, !body.isReadOnly {
            let outcome = try versions.run(isReadOnly: false, on: version, body.run)
            if outcome.changed != 0 || !outcome.written.isEmpty {
                let node = tree.twin(of: node, mark: versions.content(version).digest)
                begun[node] = Begun(origin: key.node, snapshot: version, outcome: outcome)
                twin = node
            }
        }
        beginnings[key] = twin
        return twin
    }

    /// The tables that an open transaction has used, by number.
    func touched(by node: Node) -> UInt64 { begun[node]?.outcome.touched ?? 0 }

    /// The node to which a process returns when another transaction commits and has written one of the same rows; nil
    /// when it has not.
    func interrupted(_ node: Node, by written: Set<RowName>) -> Node? {
        guard let begun = begun[node], !begun.outcome.written.isDisjoint(with: written) else { return nil }
        return begun.origin
    }

    /// Whether it makes a difference that a transaction begins before another one commits rather than after.
    ///
    /// It makes none when the two conflict: the first one runs again, as if it had begun after the other.
    /// - Parameters:
    ///   - node: the node with the open transaction, on the snapshot that the other transaction starts from.
    ///   - other: the result of the other transaction.
    func isAffected(_ node: Node, by other: Result, at clock: Instant) throws -> Bool {
        guard let begun = begun[node], begun.outcome.touched & other.changed != 0,
            begun.outcome.written.isDisjoint(with: other.written)
        else { return false }
        let overlapping = try run(node, on: other.version, at: clock)
        if overlapping.child == begun.origin { return false }
        let after = try run(begun.origin, on: other.version, at: clock)
        return overlapping.version != after.version || overlapping.written != after.written
            || !tree.goOnAlike(overlapping.child, after.child)
    }

    private func commit(_ begun: Begun, on version: Version, at clock: Instant) throws -> Result {
        let outcome = begun.outcome
        guard let merged = try versions.merge(outcome, since: begun.snapshot, onto: version) else {
            return Result(child: begun.origin, version: version, touched: outcome.touched)
        }
        return Result(
            child: try tree.child(of: begun.origin, Answer(outcome.result, clock: clock)), version: merged,
            touched: outcome.touched, changed: outcome.changed, written: outcome.written)
    }
}
