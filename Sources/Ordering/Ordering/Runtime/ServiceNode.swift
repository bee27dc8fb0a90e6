import JSONKit
package import MessagingKit
package import OrderingCore
package import QueueKit
package import SQLKit
package import WorldKit

/// Makes requests to other services.
package protocol ServiceTransport: Sendable {
    /// - Throws: ``ServiceUnreachable`` when the service does not answer; it may have handled the request.
    func send(_ request: ServiceRequest, from service: ServiceName) async throws -> ServiceAnswer
}

package struct ServiceUnreachable: Error, Hashable, Sendable {
    package var service: ServiceName

    package init(_ service: ServiceName) { self.service = service }
}

/// A request of one service to another.
package struct ServiceRequest: Hashable, Sendable {
    /// The same for every repetition.
    package var id: String
    package var endpoint: Endpoint
    package var fields: FieldSet
    package var correlationID: String
    /// When it was made first.
    package var time: Instant
    package var traceParent: String?

    package init(
        id: String, endpoint: Endpoint, fields: FieldSet, correlationID: String, time: Instant,
        traceParent: String? = nil
    ) {
        self.id = id
        self.endpoint = endpoint
        self.fields = fields
        self.correlationID = correlationID
        self.time = time
        self.traceParent = traceParent
    }
}

/// One service at work: its store, its queue, and the style that connects it with the others.
///
/// An effect, its outgoing messages and calls, and the mark that its cause was handled are one transaction. The queue
/// records afterwards that the task is done; if that record is lost, the task runs again, finds the mark and changes
/// nothing.
package struct ServiceNode: Sendable {
    package let name: ServiceName
    package let style: Style
    package let store: TaskStore
    package let world: World
    private let transport: any ServiceTransport
    private let committed: @Sendable (Commit) -> Void
    /// When this process started to receive requests from other services.
    private let started: Instant

    /// A committed transaction of the service.
    package struct Commit: Sendable {
        /// The ids of the client's request, the order and the user, as far as they are known.
        package var subjects: [String]
        /// Whether it added messages to the outbox.
        package var hasMessages: Bool
    }

    /// - Parameter committed: called after each transaction, on its task; it must return quickly.
    package init(
        _ name: ServiceName, _ style: Style, _ database: any SQLDatabase, _ world: World,
        _ transport: any ServiceTransport, committed: @escaping @Sendable (Commit) -> Void = { _ in }
    ) {
        self.committed = committed
        started = world.now()
        self.name = name
        self.style = style
        self.world = world
        self.transport = transport
        var store = TaskStore(database, WorkQueue.schema)
        // The transaction of each effect also marks its cause as handled.
        store.syncsAttempts = false
        self.store = store
    }

    /// Runs `body` in a transaction that also stores its outgoing messages and calls.
    /// - Parameter fields: contain the ids of the order and the user.
    func transact<Value: Sendable>(
        _ cause: Cause, _ fields: FieldSet, isSynced: Bool = true, _ body: @escaping @Sendable (Turn) throws -> Value
    ) async throws -> Value {
        let (value, staged) = try await commit(cause, isSynced: isSynced, body)
        notify(cause, fields, staged)
        return value
    }

    /// Messages and calls that a transaction has added to the outbox and the queue; a call already queued is not added.
    private struct Staged: Sendable {
        var hasMessages: Bool
        var hasCalls: Bool
    }

    private func commit<Value: Sendable>(
        _ cause: Cause, isSynced: Bool = true, _ body: @escaping @Sendable (Turn) throws -> Value
    ) async throws -> (Value, Staged) {
        let now = world.now()
        return try await store.write(isSynced: isSynced) { tasks in
            let turn = Turn(tasks.connection, service: name, style: style, cause: cause, at: now)
            let value = try body(turn)
            try Outbox(tasks.connection).append(turn.messages, to: Style.exchange, at: now)
            let known = try tasks.enqueueReportingKnown(turn.calls.map { WorkQueue.task($0, at: now) }, at: now)
            return (value, Staged(hasMessages: !turn.messages.isEmpty, hasCalls: known.count < turn.calls.count))
        }
    }

    private func notify(_ cause: Cause, _ fields: FieldSet, _ staged: Staged) {
        let subjects = [cause.correlationID, fields[.orderID], fields[.userID]].compactMap { $0 }
        committed(Commit(subjects: subjects, hasMessages: staged.hasMessages))
    }

    // MARK: Requests

    /// Handles a request of another service.
    /// - Returns: nil if the answer depends on calls to other services; the request has to be handled again after them.
    package func answer(_ request: ServiceRequest) async throws -> ServiceAnswer? {
        guard request.fields.flaw(for: request.endpoint.request) == nil else {
            return ServiceAnswer(400, code: "malformed_body")
        }
        let now = world.now()
        var cause = Cause(
            id: request.id, correlationID: request.correlationID, time: request.time, traceParent: request.traceParent)
        cause.knownSince = min(max(request.time, started), now)
        let body: @Sendable (Turn) throws -> ServiceAnswer? = { turn in
            guard case .answer(let answer) = try Operation(request.endpoint).run(turn, request.fields) else {
                return nil
            }
            return try request.endpoint.checked(answer)
        }
        do {
            guard !request.endpoint.isRead else {
                return try await store.read { [cause] tasks in
                    try body(Turn(tasks.connection, service: name, style: style, cause: cause, at: now))
                }
            }
            let (answer, staged) = try await commit(cause, body)
            // A request that still waits has changed nothing; its waiter must not wake itself.
            if answer != nil || staged.hasMessages || staged.hasCalls { notify(cause, request.fields, staged) }
            return answer
        } catch let postponement as Postponement {
            return ServiceAnswer(503, code: postponement.code)
        } catch {
            guard let refusal = Refusal(error) else { throw error }
            return try request.endpoint.checked(refusal.answer)
        }
    }

    // MARK: Tasks

    /// The handlers of the service's queue.
    package var queue: TaskQueue {
        let policy = RetryPolicy(
            polls: 1_000_000, periodSeconds: AccountWaitRule.maximumDelaySeconds, baseSeconds: 0.2, capSeconds: 10,
            maxAttempts: 2_000_000)
        var registry = TaskRegistry([
            TaskHandler(.message, retryPolicy: policy) { task in try await explaining(task) { try await receive(task) }
            },
            TaskHandler(.call, retryPolicy: policy) { task in try await explaining(task) { try await call(task) } },
            inbox.refusedHandler(store: store, world: world),
        ])
        registry.failure = { error in
            error as? TaskFailure ?? TaskFailure(errorClass: "error", message: "\(error)")
        }
        return TaskQueue(store, world, registry, retentionSeconds: 7 * 86_400)
    }

    private func receive(_ task: QueuedTask) async throws -> TaskOutcome {
        let message = try Message(task)
        let (type, fields) = try Contract.decode(message, in: style.name)
        guard let operation = style.subscriptions[name]?[type] else { throw ContractError.notInStyle(type, style.name) }
        var cause = Cause(
            id: message.id, correlationID: message.correlationID, time: message.time, traceParent: message.traceParent)
        cause.attempts = task.attempts
        cause.knownSince = task.createdAt
        cause.sequence = WorkQueue.sequence(of: message)
        return try await handle(cause, operation, fields)
    }

    private func call(_ task: QueuedTask) async throws -> TaskOutcome {
        let call = try WorkQueue.call(task)
        if try await isHandled(call.id) { return .done }
        let request = ServiceRequest(
            id: call.id, endpoint: call.endpoint, fields: call.fields, correlationID: call.correlationID,
            time: call.time, traceParent: call.traceParent)
        let answer: ServiceAnswer
        do {
            answer = try await transport.send(request, from: name)
        } catch is ServiceUnreachable {
            return postponed("unreachable", seconds: AccountWaitRule.backoff(attempts: task.attempts))
        }
        if answer.status == 503 || answer.status == 504, !call.endpoint.statuses.contains(answer.status) {
            return postponed(
                answer.code ?? "unavailable", seconds: AccountWaitRule.backoff(attempts: task.attempts))
        }
        if let flaw = call.endpoint.flaw(answer) {
            throw TaskFailure(
                errorClass: "unexpected_answer",
                message: "\(call.endpoint.rawValue) was answered with \(answer.status) \(answer.code ?? ""): \(flaw)")
        }
        var cause = Cause(
            id: call.id, correlationID: call.correlationID, time: call.time, traceParent: call.traceParent)
        cause.attempts = task.attempts
        cause.knownSince = task.createdAt
        cause.answerStatus = answer.status
        cause.sequence = call.sequence
        return try await handle(cause, call.next, call.context.merging(answer.fields))
    }

    private func handle(_ cause: Cause, _ operation: Operation, _ fields: FieldSet) async throws -> TaskOutcome {
        do {
            // Accepting a request decides nothing and sends nothing. The service that answers 202 has stored it
            // durably, and answers again if this record is lost.
            let isSynced = cause.answerStatus != 202
            try await transact(cause, fields, isSynced: isSynced) { turn in
                guard try Handled(connection: turn.connection).mark(cause, at: turn.now) else { return }
                _ = try operation.run(turn, fields)
            }
            return .done
        } catch let postponement as Postponement {
            return postponed(postponement.code, seconds: postponement.seconds)
        }
    }

    private func postponed(_ code: String, seconds: Double) -> TaskOutcome {
        .notYet(code, latest: world.now().advanced(bySeconds: seconds))
    }

    private func isHandled(_ id: String) async throws -> Bool {
        try await store.read { try Handled(connection: $0.connection).contains(id) }
    }

    /// The number of failures after which a task waits for an operator. Unreachable services do not count.
    static let maximumFailures = 10

    /// Rethrows an error as a failure with its class, and whether a retry can succeed.
    private func explaining(
        _ task: QueuedTask, _ body: @Sendable () async throws -> TaskOutcome
    ) async throws -> TaskOutcome {
        let failures = task.attempts - task.polls
        let isLast = failures >= Self.maximumFailures
        // Attempts that ended with their process count as well.
        guard failures <= Self.maximumFailures else {
            throw TaskFailure(
                errorClass: "too_many_attempts", message: "\(failures - 1) attempts did not end, or failed",
                needsOperator: true)
        }
        do {
            return try await body()
        } catch let error as ContractError {
            throw TaskFailure(errorClass: error.code, message: error.message, needsOperator: true)
        } catch let error as TaskFailure {
            throw TaskFailure(
                errorClass: error.errorClass, message: error.message, needsOperator: error.needsOperator || isLast)
        } catch let error as SQLError {
            throw TaskFailure(errorClass: "store", message: error.message, needsOperator: isLast)
        } catch let error as FieldError {
            throw TaskFailure(errorClass: "malformed_body", message: "\(error)", needsOperator: true)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            guard let refusal = Refusal(error) else {
                throw TaskFailure(errorClass: "error", message: "\(error)", needsOperator: isLast)
            }
            let code = refusal.answer.code ?? "refused"
            throw TaskFailure(
                errorClass: code, message: "the state forbids it: \(code)",
                needsOperator: isLast || refusal.answer.status == 409)
        }
    }

    // MARK: Retention

    /// Removes expired marks and requests, oldest first: a repetition this late is not recognized.
    /// - Parameter limit: the maximum number of rows per table.
    /// - Returns: whether there may be more.
    func removeOld(limit: Int) async throws -> Bool {
        let now = world.now()
        return try await store.write(isolation: .statement) { tasks in
            let marks = try Handled(connection: tasks.connection)
                .remove(before: now.advanced(bySeconds: -Handled.retentionSeconds), limit: limit)
            guard name == .gateway else { return marks == limit }
            let requests = try GatewayRequests.remove(
                before: now.advanced(bySeconds: -GatewayRequests.retentionSeconds), limit: limit, tasks.connection)
            return marks == limit || requests == limit
        }
    }

    // MARK: Inbox

    /// How messages of a broker become tasks of the queue.
    package var inbox: Inbox { WorkQueue.inbox(of: name, style) }

    /// Takes messages into the queue; those that are there already are dropped.
    package func stage(_ messages: [Message]) async throws {
        let now = world.now()
        let deliveries = messages.map { Delivery(content: .success($0), tag: 0, isRedelivered: false) }
        try await store.write(isolation: .statement) { [inbox] in _ = try inbox.stage(deliveries, in: $0, at: now) }
    }
}
