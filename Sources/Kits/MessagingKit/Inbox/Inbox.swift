import EncodingKit
package import QueueKit
package import WorldKit

/// How the messages of a service become tasks of its queue, which remembers them, runs them and retries them.
///
/// The id of a message is the key of its task, so that a message that arrives again is dropped for as long as its task
/// is kept. A delivery that this service cannot read or does not know becomes a task too, and is stuck after its first
/// attempt: it is kept with the reason and its content, and does not hold up other messages. So does a message that
/// says something else under the id of one that is kept.
package struct Inbox: Sendable {
    /// The kind of tasks that are messages; the application handles it.
    package var kind: TaskKind
    /// The kind of tasks that are refused deliveries; see ``refusedHandler(store:world:)``.
    package var refusedKind: TaskKind
    /// The tags of a message's task, its sequence among them.
    package var tags: @Sendable (Message) -> [TaskTag: String]
    /// Why the service cannot handle a message, such as an unknown type or schema version; nil when it can.
    package var refusal: @Sendable (Message) -> String?

    /// How much of a refused delivery is kept, in bytes.
    package static let keptBodySize = 64 << 10

    package init(
        kind: TaskKind, refusedKind: TaskKind, tags: @escaping @Sendable (Message) -> [TaskTag: String],
        refusal: @escaping @Sendable (Message) -> String? = { _ in nil }
    ) {
        self.kind = kind
        self.refusedKind = refusedKind
        self.tags = tags
        self.refusal = refusal
    }

    /// Stages deliveries in the transaction after which they are acknowledged; those that are known stay as they are.
    /// - Returns: how many were refused.
    @discardableResult
    package func stage(_ deliveries: [Delivery], in tasks: TaskRepository, at now: Instant) throws -> Int {
        let requests = deliveries.map { request(for: $0.content, at: now) }
        let contradictions = try stage(requests, in: tasks, at: now)
        return requests.count { $0.kind == refusedKind } + contradictions
    }

    /// - Returns: how many contradict a message that is kept under the same id.
    private func stage(_ requests: [TaskRequest], in tasks: TaskRepository, at now: Instant) throws -> Int {
        let contradictions = try tasks.enqueueReportingKnown(requests, at: now).filter { request in
            // A kept message that cannot be read contradicts nothing: it must not stop all later ones.
            guard request.kind == kind, let known = try? tasks.payload(kind, key: request.key) else { return false }
            return known != request.payload
        }
        try tasks.enqueue(contradictions.map { contradiction($0, at: now) }, at: now)
        return contradictions.count
    }

    private func contradiction(_ request: TaskRequest, at now: Instant) -> TaskRequest {
        var words = request.payload
        let body = Array((words.removeValue(forKey: "body") ?? "").utf8)
        return refused(
            request.key, words, body, "another message with this id and other content was received before", at: now)
    }

    /// The task of a message.
    package func request(for message: Message, at now: Instant) -> TaskRequest {
        TaskRequest(kind: kind, key: message.id, payload: message.words, tags: tags(message), dueAt: now)
    }

    private func request(for content: Result<Message, MalformedMessage>, at now: Instant) -> TaskRequest {
        switch content {
        case .success(let message):
            guard let reason = message.defect ?? message.bodyDefect ?? refusal(message) else {
                return request(for: message, at: now)
            }
            var words = message.words
            words["body"] = nil
            return refused(message.id, words, message.body, reason, at: now)
        case .failure(let malformed):
            var words: [String: String] = [:]
            words["type"] = malformed.type.map(Self.bounded)
            return refused(malformed.id.map(Self.bounded), words, malformed.body, malformed.reason, at: now)
        }
    }

    /// - Parameter id: may be another message's, forged or not: the content is part of the key.
    private func refused(
        _ id: String?, _ words: [String: String], _ body: [UInt8], _ reason: String, at now: Instant
    ) -> TaskRequest {
        var hash = StableHash()
        hash.combine(body)
        var payload = words
        payload["reason"] = Self.bounded(reason)
        let kept = Array(body.prefix(Self.keptBodySize))
        if body.count > kept.count { payload["bytes"] = "\(body.count)" }
        if let text = String(validating: kept, as: UTF8.self), !kept.contains(0) {
            payload["body"] = text
        } else {
            payload["hex"] = Hex.encode(kept)
        }
        return TaskRequest(
            kind: refusedKind, key: "\(Self.bounded(id ?? ""))#\(hash.hexadecimal)", payload: payload, dueAt: now)
    }

    private static func bounded(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(Message.maximumTextSize).filter { $0 != "\0" }))
    }

    /// The handler of refused deliveries: the first attempt makes them stuck.
    ///
    /// Requeued after an update that understands the message, it becomes an ordinary one.
    package func refusedHandler(store: TaskStore, world: World) -> TaskHandler {
        let policy = RetryPolicy(polls: 0, periodSeconds: 1, baseSeconds: 1, capSeconds: 60, maxAttempts: 10)
        return TaskHandler(refusedKind, retryPolicy: policy) { task in
            if let message = try? Message(task, id: task.idOfRefused), refusal(message) == nil {
                let now = world.now()
                let request = request(for: message, at: now)
                let isContradiction = try await store.write { try stage([request], in: $0, at: now) > 0 }
                if !isContradiction { return .done }
            }
            throw TaskFailure(
                errorClass: "message_refused", message: task.payload["reason"] ?? "not a message", needsOperator: true)
        }
    }
}

extension QueuedTask {
    /// The id of a refused message, which its key begins with.
    fileprivate var idOfRefused: String {
        String(key.split(separator: "#", omittingEmptySubsequences: false).dropLast().joined(separator: "#"))
    }
}
