import JSONKit
import MessagingKit
import Ordering
import OrderingCore
import QueueKit
import SQLKit
import Synchronization
import WorldKit

/// A service's store whose transactions are effects, and whose statements a variant may change.
struct OrderingDatabase: SQLDatabase {
    let run: OrderingTree.Run
    let service: ServiceName
    let decisions: OrderingDecisions
    let memory: DirectCalls

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await run.ask(.transaction(service, isReadOnly: true) { try body(connection($0)) })
    }

    /// Every transaction takes its turn.
    func readImmediately<Value: Sendable>(_ body: @Sendable (any SQLConnection) throws -> Value) throws -> Value? {
        nil
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        let sending = decisions.sending(service)
        if sending == .outbox, decisions.calls == .staged {
            return try await run.ask(.transaction(service, isReadOnly: false) { try body(connection($0)) })
        }
        if sending == .beforeCommit {
            for message in try await preview(body) { let _: PublishOutcome = try await run.ask(.publish(message)) }
        }
        let (value, messages, calls): (Value, [Message], [TaskRequest]) = try await run.ask(
            .transaction(service, isReadOnly: false) { real in
                let held = HeldBack(real: connection(real), keepsCalls: decisions.calls == .direct)
                held.keepsMessages = sending != .outbox
                let value = try body(held)
                return (value, held.messages, held.calls)
            })
        memory.add(calls)
        if sending == .afterCommit {
            for message in messages { let _: PublishOutcome = try await run.ask(.publish(message)) }
        }
        return value
    }

    /// What a transaction would send, without its changes.
    private func preview<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> [Message] {
        do {
            let _: Bool = try await run.ask(
                .transaction(service, isReadOnly: false) { real in
                    let held = HeldBack(real: connection(real), keepsCalls: false)
                    held.keepsMessages = true
                    _ = try body(held)
                    throw Previewed(messages: held.messages)
                })
            return []
        } catch let preview as Previewed {
            return preview.messages
        } catch {
            // The transaction itself will fail again.
            return []
        }
    }

    func close() async {}

    private func connection(_ real: any SQLConnection) -> any SQLConnection {
        decisions.statements.isEmpty ? real : RewritingConnection(real: real, statements: decisions.statements)
    }
}

private struct Previewed: Error, Hashable {
    var messages: [Message]
}

/// Requests to other services that a process has in memory only.
final class DirectCalls: Sendable {
    private let calls = Mutex<[TaskRequest]>([])

    func add(_ new: [TaskRequest]) { calls.withLock { $0 += new } }

    func take() -> [TaskRequest] {
        calls.withLock { calls in
            defer { calls = [] }
            return calls
        }
    }
}

/// A connection whose statements are replaced by others.
private struct RewritingConnection: SQLConnection {
    let real: any SQLConnection
    let statements: [String: String]

    private func rewrite(_ sql: String) -> String { statements[sql] ?? sql }

    var dialect: SQLDialect { real.dialect }

    func savepoint<Value>(_ body: () throws -> Value) throws -> Value { try real.savepoint(body) }

    func query(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow] { try real.query(rewrite(sql), parameters) }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int { try real.execute(rewrite(sql), parameters) }

    func executeEach(_ sql: String, _ parameterSets: [[SQLValue]]) throws -> [Int] {
        try real.executeEach(rewrite(sql), parameterSets)
    }

    func forEachRow(_ sql: String, _ parameters: [SQLValue], _ body: (SQLRow) throws -> Void) throws {
        try real.forEachRow(rewrite(sql), parameters, body)
    }
}

/// A connection that keeps messages and requests to other services in memory, instead of writing them.
private final class HeldBack: SQLConnection {
    private let real: any SQLConnection
    private let keepsCalls: Bool
    var keepsMessages = false
    private(set) var messages: [Message] = []
    private(set) var calls: [TaskRequest] = []

    init(real: any SQLConnection, keepsCalls: Bool) {
        self.real = real
        self.keepsCalls = keepsCalls
    }

    var dialect: SQLDialect { real.dialect }

    func savepoint<Value>(_ body: () throws -> Value) throws -> Value { try real.savepoint(body) }

    func query(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow] { try real.query(sql, parameters) }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int { try real.execute(sql, parameters) }

    func executeEach(_ sql: String, _ parameterSets: [[SQLValue]]) throws -> [Int] {
        let statement = sql.trimmingPrefix { $0.isWhitespace }
        if keepsMessages, statement.hasPrefix(Outbox.insertion) {
            messages += try parameterSets.map(Outbox.message)
            return parameterSets.map { _ in 1 }
        }
        if keepsCalls, statement.hasPrefix("INSERT INTO tasks") {
            let (kept, others) = (
                parameterSets.filter { $0.first == .text(TaskKind.call.rawValue) },
                parameterSets.filter { $0.first != .text(TaskKind.call.rawValue) }
            )
            for parameters in kept { if let call = try TaskRequest(inserted: parameters) { calls.append(call) } }
            _ = try real.executeEach(sql, others)
            return parameterSets.map { _ in 1 }
        }
        return try real.executeEach(sql, parameterSets)
    }

    func forEachRow(_ sql: String, _ parameters: [SQLValue], _ body: (SQLRow) throws -> Void) throws {
        try real.forEachRow(sql, parameters, body)
    }
}

extension TaskRequest {
    /// A task from the parameters of the statement that stages it.
    fileprivate init?(inserted parameters: [SQLValue]) throws {
        guard parameters.count >= 5, case .text(let key) = parameters[1], case .text(let payload) = parameters[2],
            case .integer(let due) = parameters[3]
        else { return nil }
        let words = try JSON.decode(
            [String: String].self, from: try JSONValue(parsing: Array(payload.utf8), as: .interoperable))
        self.init(kind: .call, key: key, payload: words, dueAt: Instant(microseconds: due))
    }
}
