import EncodingKit
import WorldKit

/// What one process does, from its start to its end.
protocol ExploredProgram: Hashable, Sendable {
    /// Unique to the program, for the names created by its runs.
    var name: String { get }
}

/// Every program as a tree of its possible histories, as far as explored.
///
/// A node is one history of a process: its program and the answers received. The code is run once for each history;
/// from then on the node represents it, with its next effect, in every history of the whole system.
final class HistoryTree<Code: ExploredProgram, Request: Sendable, Outcome: Sendable> {
    typealias Node = Int32
    typealias Run = ProcessRun<Request, Outcome>

    private struct Entry {
        let program: Code
        /// Its start time.
        let start: Instant
        let parent: Node?
        /// The answer that led here from the parent.
        let answer: Answer?
        let position: Run.Position
        /// Identifies the history, the same in every run.
        let signature: UInt64
        /// The node of which it is a twin.
        var origin: Node?
        var children: [Int: Node] = [:]
        /// A run that waits at this node.
        var run: Run?
    }

    private struct Twin: Hashable {
        let origin: Node
        let mark: UInt64
    }

    private struct Root: Hashable {
        let program: Code
        let start: Instant
    }

    private let loop = RunLoop()
    private let body: @Sendable (Code, Run) async throws -> Outcome
    private var entries: [Entry] = []
    private var roots: [Root: Node] = [:]
    private var twins: [Twin: Node] = [:]
    /// The number of runs from a program's start.
    private(set) var runCount = 0

    /// - Parameter body: runs a program; its effects are those of the run.
    init(body: @escaping @Sendable (Code, Run) async throws -> Outcome) { self.body = body }

    deinit { for entry in entries { entry.run?.kill() } }

    var nodeCount: Int { entries.count }

    func program(of node: Node) -> Code { entries[Int(node)].program }

    /// Identifies a history, the same in every run.
    func signature(of node: Node) -> UInt64 { entries[Int(node)].signature }

    /// The effect it waits for; nil at its end.
    func effect(at node: Node) -> Request? {
        if case .at(let effect) = entries[Int(node)].position { effect } else { nil }
    }

    /// How it ended; nil before its end.
    func outcome(of node: Node) -> Result<Outcome, any Error>? {
        if case .ended(let outcome) = entries[Int(node)].position { outcome } else { nil }
    }

    /// Whether two nodes are the same or have ended in the same way.
    func goOnAlike(_ one: Node, _ other: Node) -> Bool {
        if one == other { return true }
        guard let end = outcome(of: one), let otherEnd = outcome(of: other) else { return false }
        let clock = Instant(microseconds: 0)
        return Answer(end.map { $0 }, clock: clock).fingerprint == Answer(otherEnd.map { $0 }, clock: clock).fingerprint
    }

    /// The last answer received; nil at its start.
    func answer(at node: Node) -> Answer? { entries[Int(node)].answer }

    /// The root of a program started at that time.
    func root(_ program: Code, at start: Instant) throws -> Node {
        let root = Root(program: program, start: start)
        if let node = roots[root] { return node }
        let run = try self.run(program, at: start, script: [])
        let node = try add(program, start: start, parent: nil, answer: nil, run)
        roots[root] = node
        return node
    }

    /// Another node for the same history of a process: the operation that it waits for has begun, or has failed and is
    /// retried.
    /// - Parameter mark: distinguishes the twins of a node; the same in every run.
    func twin(of origin: Node, mark: UInt64) -> Node {
        let twin = Twin(origin: origin, mark: mark)
        if let node = twins[twin] { return node }
        let entry = entries[Int(origin)]
        var signature = StableHash()
        signature.combine(word: entry.signature)
        signature.combine(word: mark)
        entries.append(
            Entry(
                program: entry.program, start: entry.start, parent: entry.parent, answer: entry.answer,
                position: entry.position, signature: signature.value, origin: origin))
        let node = Node(entries.count - 1)
        twins[twin] = node
        return node
    }

    func isTwin(_ node: Node) -> Bool { entries[Int(node)].origin != nil }

    /// The next node of the process at `node` after that answer.
    func child(of node: Node, _ answer: Answer) throws -> Node {
        let node = entries[Int(node)].origin ?? node
        let entry = entries[Int(node)]
        if let child = entry.children[answer.fingerprint] { return child }
        let run: Run
        if let waiting = entry.run {
            entries[Int(node)].run = nil
            try waiting.resume(with: answer)
            run = waiting
        } else {
            run = try self.run(entry.program, at: entry.start, script: answers(to: node) + [answer])
        }
        let child = try add(entry.program, start: entry.start, parent: node, answer: answer, run)
        entries[Int(node)].children[answer.fingerprint] = child
        return child
    }

    private func run(_ program: Code, at start: Instant, script: [Answer]) throws -> Run {
        runCount += 1
        return try Run(program.name, startingAt: start, script: script, on: loop) { [body] run in
            try await body(program, run)
        }
    }

    private func add(
        _ program: Code, start: Instant, parent: Node?, answer: Answer?, _ run: Run
    ) throws -> Node {
        let position = try run.position()
        var signature = StableHash()
        signature.combine(parent.map { entries[Int($0)].signature } ?? 0)
        signature.combine(program.name)
        signature.combine(UInt64(bitPattern: (answer?.clock ?? start).microseconds))
        switch answer?.result {
        case .success(let value)?: signature.combine(anyOf: value)
        case .failure(let error)?: signature.combine(anyOf: error)
        case nil: break
        }
        var entry = Entry(
            program: program, start: start, parent: parent, answer: answer, position: position,
            signature: signature.value)
        if case .at = position { entry.run = run }
        entries.append(entry)
        return Node(entries.count - 1)
    }

    private func answers(to node: Node) -> [Answer] {
        var answers: [Answer] = []
        var next: Node? = node
        while let node = next {
            let entry = entries[Int(node)]
            if let answer = entry.answer { answers.append(answer) }
            next = entry.parent
        }
        return answers.reversed()
    }
}
