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
}

/// The work of a service, as tasks of its queue.
enum WorkQueue {
    static let schema = QueueSchema(tags: [])

    static func task(_ call: StagedCall, at now: Instant) -> TaskRequest {
        var payload = [
            "endpoint": call.endpoint.rawValue, "fields": String(decoding: call.fields.json, as: UTF8.self),
            "context": String(decoding: call.context.json, as: UTF8.self), "next": call.next.rawValue,
            "correlation_id": call.correlationID, "causation_id": call.causationID, "time": call.time.microsecondText,
        ]
        payload["trace_parent"] = call.traceParent
        return TaskRequest(kind: .call, key: call.id, payload: payload, dueAt: now)
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
            correlationID: correlationID, causationID: causationID, time: time, traceParent: payload["trace_parent"])
    }

    static func task(_ message: Message, at now: Instant) -> TaskRequest {
        var payload = [
            "type": message.type, "key": message.key, "correlation_id": message.correlationID,
            "time": message.time.microsecondText, "schema_version": "\(message.schemaVersion)",
            "body": String(decoding: message.body, as: UTF8.self),
        ]
        payload["causation_id"] = message.causationID
        payload["reply_to"] = message.replyTo
        payload["trace_parent"] = message.traceParent
        return TaskRequest(kind: .message, key: message.id, payload: payload, dueAt: now)
    }

    /// - Throws: ``QueueKit/TaskError/badPayload(_:_:)``.
    static func message(_ task: QueuedTask) throws -> Message {
        let payload = task.payload
        guard let type = payload["type"], let key = payload["key"], let correlationID = payload["correlation_id"],
            let time = payload["time"].flatMap(Instant.init(microsecondText:)),
            let version = payload["schema_version"].flatMap(Int.init), let body = payload["body"]
        else { throw TaskError.badPayload(task.kind, task.key) }
        return Message(
            id: task.key, type: type, key: key, correlationID: correlationID, causationID: payload["causation_id"],
            replyTo: payload["reply_to"], time: time, traceParent: payload["trace_parent"], schemaVersion: version,
            body: Array(body.utf8))
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

/// Which messages and answers have taken effect. The mark is written in the transaction of the effect, and under a
/// unique id: a second delivery, or a second run after a lost lease, finds it and changes nothing. The queue's own
/// record that a task is done comes later, under the task's fence, and may be lost without harm.
struct Handled {
    let connection: any SQLConnection

    static let table = """
        CREATE TABLE handled (
            -- The order in which they took effect.
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            at INTEGER NOT NULL
        );
        """

    func contains(_ id: String) throws -> Bool {
        try !connection.query("SELECT 1 FROM handled WHERE id = $1", [.text(id)]).isEmpty
    }

    /// - Returns: false when it has taken effect before.
    func mark(_ id: String, at now: Instant) throws -> Bool {
        try connection.execute(
            "INSERT INTO handled (id, at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING", [.text(id), .instant(now)]) == 1
    }
}
