import JSONKit
import MessagingKit
import OrderingCore
package import QueueKit
import SQLKit
import WorldKit

extension TaskKind {
    /// A request to another service.
    package static let call = TaskKind("ordering.call")
    /// A received message.
    package static let message = TaskKind("ordering.message")
    /// A delivery that the service cannot read as a message.
    package static let refused = TaskKind("ordering.refused")
}

extension TaskTag {
    /// Messages of one sender with one key, which take effect one after another.
    static let sequence = TaskTag("sequence", isSelective: true)
}

/// The work of a service, as tasks of its queue.
enum WorkQueue {
    static let schema = QueueSchema(tags: [.sequence], sequence: .sequence)

    static func task(_ call: StagedCall, at now: Instant) -> TaskRequest {
        var payload = [
            "endpoint": call.endpoint.rawValue, "fields": String(decoding: call.fields.json, as: UTF8.self),
            "context": String(decoding: call.context.json, as: UTF8.self), "next": call.next.rawValue,
            "correlation_id": call.correlationID, "causation_id": call.causationID, "time": call.time.microsecondText,
        ]
        payload["trace_parent"] = call.traceParent
        payload["sequence"] = call.sequence
        // Separate from the messages: an older request does not wait for a newer message.
        let tags = call.sequence.map { [TaskTag.sequence: "call:\($0)"] } ?? [:]
        return TaskRequest(kind: .call, key: call.id, payload: payload, tags: tags, dueAt: now)
    }

    /// - Throws: ``QueueKit/TaskError/badPayload(_:_:)``.
    static func call(_ task: QueuedTask) throws -> StagedCall {
        let payload = task.payload
        guard let endpoint = payload["endpoint"].flatMap(Endpoint.init(rawValue:)),
            let next = payload["next"].flatMap(Operation.init(rawValue:)), let fields = payload["fields"],
            let context = payload["context"], let correlationID = payload["correlation_id"],
            let causationID = payload["causation_id"],
            let time = payload["time"].flatMap(Instant.init(microsecondText:)),
            let fields = try? FieldSet(Array(fields.utf8), as: endpoint.request),
            let context = try? FieldSet(Array(context.utf8), as: .any)
        else { throw TaskError.badPayload(task.kind, task.key) }
        return StagedCall(
            id: task.key, endpoint: endpoint, fields: fields, context: context, next: next,
            correlationID: correlationID, causationID: causationID, time: time, traceParent: payload["trace_parent"],
            sequence: payload["sequence"])
    }

    /// Messages with the same sequence take effect one after another.
    ///
    /// The sender is part of it: a payment that waits for its account has the account's key, as does the other
    /// service's message that creates the account.
    static func sequence(of message: Message) -> String {
        let sender = MessageType(rawValue: message.type)?.sender.rawValue ?? ""
        return "\(sender):\(message.key)"
    }

    /// How messages become tasks of a service: those that it cannot handle are kept apart, and hold up no other.
    static func inbox(of service: ServiceName, _ style: Style) -> Inbox {
        Inbox(
            kind: .message, refusedKind: .refused,
            tags: { [.sequence: sequence(of: $0)] },
            refusal: { message in
                do throws(ContractError) {
                    let (type, _) = try Contract.decode(message, in: style.name)
                    guard style.subscriptions[service]?[type] == nil else { return nil }
                    return "\(service.rawValue) does not receive \(type.rawValue)"
                } catch {
                    return error.message
                }
            })
    }
}

extension Instant {
    /// The microseconds since 1970 as text: exact, unlike RFC 3339 with milliseconds.
    fileprivate var microsecondText: String { "\(microseconds)" }

    fileprivate init?(microsecondText text: String) {
        guard let microseconds = Int64(text), Self.microsecondRange.contains(microseconds) else { return nil }
        self.init(microseconds: microseconds)
    }
}

/// The messages and answers that have taken effect. The mark is written in the transaction of the effect, and under a
/// unique id: a second delivery, or a second run after a lost lease, finds it and changes nothing. The queue's own
/// record that a task is done comes later, under the task's fence, and may be lost without harm.
struct Handled {
    let connection: any SQLConnection

    static let table = """
        CREATE TABLE handled (
            -- The order in which they took effect.
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            -- Of the answer to a request of the service's own; null for a message.
            status INTEGER,
            at INTEGER NOT NULL
        );
        CREATE INDEX handled_by_age ON handled (at);
        """

    /// How long a mark is kept: five times as long as outboxes keep what they sent, so that an operator can resend
    /// all that is left to resend, even after weeks in the queue of a service that was down.
    ///
    /// A message that comes later still changes nothing: what has effects is also recorded under its own id permanently
    /// (payments, orders, deposits, notifications, push events), and its consequences have ids derived from it. The
    /// mark keeps that from being tried, and shows in which order things happened.
    static let retentionSeconds = 35 * 86_400.0

    func contains(_ id: String) throws -> Bool {
        try !connection.query("SELECT 1 FROM handled WHERE id = $1", [.text(id)]).isEmpty
    }

    /// Removes marks that are older than `instant`, the oldest first, at most `limit`.
    /// - Returns: how many.
    func remove(before instant: Instant, limit: Int) throws -> Int {
        guard try connection.takesOver("handled.retention") else { return 0 }
        return try connection.execute(
            """
            DELETE FROM handled WHERE number IN (
                SELECT number FROM handled WHERE at < $1 ORDER BY at LIMIT $2\(connection.dialect.skipLocked))
            """, [.instant(instant), .integer(limit)])
    }

    /// - Returns: false when it has taken effect before.
    func mark(_ cause: Cause, at now: Instant) throws -> Bool {
        try connection.execute(
            "INSERT INTO handled (id, status, at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
            [.text(cause.id), .integer(cause.answerStatus.map(Int64.init)), .instant(now)]) == 1
    }
}
