import SQLKit

/// A message's envelope as columns.
extension Message {
    static let envelopeColumns =
        "id, type, key, correlation_id, causation_id, reply_to, time, trace_parent, schema_version, content_type"

    /// In the order of ``envelopeColumns``.
    var envelopeValues: [SQLValue] {
        [
            .text(id), .text(type), .text(key), .text(correlationID), .text(causationID), .text(replyTo),
            .instant(time), .text(traceParent), .integer(schemaVersion), .text(contentType),
        ]
    }

    init(_ row: SQLRow, body: [UInt8]) throws {
        self.init(
            id: try row.text("id"), type: try row.text("type"), key: try row.text("key"),
            correlationID: try row.text("correlation_id"), causationID: try row.optionalText("causation_id"),
            replyTo: try row.optionalText("reply_to"), time: try row.instant("time"),
            traceParent: try row.optionalText("trace_parent"), schemaVersion: try row.number("schema_version"),
            contentType: try row.text("content_type"), body: body)
    }
}
