package import QueueKit
import WorldKit

/// A message as the payload of a task.
extension Message {
    /// The message of a task that an ``Inbox`` staged.
    /// - Throws: ``TaskError/badPayload(_:_:)``.
    package init(_ task: QueuedTask) throws { try self.init(task, id: task.key) }

    init(_ task: QueuedTask, id: String) throws {
        let words = task.payload
        guard let type = words["type"], let key = words["key"], let correlationID = words["correlation"],
            let time = words["time"].flatMap(Int64.init), Instant.microsecondRange.contains(time),
            let version = words["version"].flatMap(Int.init), let body = words["body"], words["bytes"] == nil
        else { throw TaskError.badPayload(task.kind, task.key) }
        self.init(
            id: id, type: type, key: key, correlationID: correlationID, causationID: words["causation"],
            replyTo: words["replyTo"], time: Instant(microseconds: time), traceParent: words["traceparent"],
            schemaVersion: version, contentType: words["contentType"] ?? Self.jsonType, body: Array(body.utf8))
        guard defect == nil else { throw TaskError.badPayload(task.kind, task.key) }
    }

    /// All but the id.
    var words: [String: String] {
        var words = [
            "type": type, "key": key, "correlation": correlationID, "time": "\(time.microseconds)",
            "version": "\(schemaVersion)", "body": String(decoding: body, as: UTF8.self),
        ]
        words["causation"] = causationID
        words["replyTo"] = replyTo
        words["traceparent"] = traceParent
        if contentType != Self.jsonType { words["contentType"] = contentType }
        return words
    }

    /// Why the body cannot be kept as text. The handler checks its content.
    var bodyDefect: String? {
        guard String(validating: body, as: UTF8.self) != nil else { return "the body is not UTF-8" }
        return body.contains(0) ? "the body contains a NUL character" : nil
    }
}
