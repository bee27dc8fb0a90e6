import EncodingKit
import SQLKit
import WorldKit

/// The transactions of processes on one store.
///
/// Code and SQL are deterministic between two effects, so that a transaction runs once on each content it meets. With
/// ``Isolation/snapshot`` the node of a process whose transaction has begun and not committed is a twin of the node
/// that waits for it. One that conflicts waits for it again, as if it had never begun.
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

    /// A transaction between its begin and its commit.
    private struct Begun {
        let origin: Node
        let snapshot: Version
        /// What it is to commit.
        let outcome: Versions.Outcome
    }

    private let tree: Tree
    private let versions: Versions
    private let remembers: Bool
    private var results: [Key: Result] = [:]
    private var beginnings: [BeginKey: Node?] = [:]
    private var begun: [Node: Begun] = [:]

    /// - Parameter remembers: false to run every transaction anew.
    init(_ tree: Tree, _ versions: Versions, remembers: Bool) {
        (self.tree, self.versions, self.remembers) = (tree, versions, remembers)
    }

    /// Whether the process at the node is between the begin of a transaction and its commit.
    func hasBegun(_ node: Node) -> Bool { begun[node] != nil }

    /// Runs the transaction that `node` waits for, or commits the one that has begun.
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

    /// The node of a process whose transaction begins on a snapshot of `version`; nil when overlapping others makes no
    /// difference to it, because it writes nothing.
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

    /// The tables that a begun transaction has used, by number.
    func touched(by node: Node) -> UInt64 { begun[node]?.outcome.touched ?? 0 }

    /// Where a process waits again whose transaction has begun, when another one commits that has written the same
    /// rows; nil when it has not.
    func interrupted(_ node: Node, by written: Set<RowName>) -> Node? {
        guard let begun = begun[node], !begun.outcome.written.isDisjoint(with: written) else { return nil }
        return begun.origin
    }

    /// Whether it makes a difference that a transaction begins before another one commits, and not after it.
    ///
    /// When the two conflict it makes none: the first one runs again, as if it had begun after the other one.
    /// - Parameters:
    ///   - node: of the one that has begun, on the snapshot that the other one has found.
    ///   - other: what the other one does.
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
