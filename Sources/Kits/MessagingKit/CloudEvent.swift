package import JSONKit
import WorldKit

/// A message as a CloudEvent 1.0 in the JSON event format, structured mode, `application/cloudevents+json`.
///
/// `subject` is ``Message/key``, `dataschema` the version of the body; `traceparent` is the extension for distributed
/// tracing, and `correlationid`, `causationid`, `replyto` are our own extensions.
/// Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
package struct CloudEvent: Hashable, Sendable {
    /// Which service sent it, a URI reference such as `/ordering/billing`.
    package var source: String
    package var message: Message

    package init(source: String, message: Message) {
        self.source = source
        self.message = message
    }

    /// The content type of ``json``.
    package static let contentType = "application/cloudevents+json"

    private static let schemaPrefix = "schema:"

    /// - Throws: ``FieldError`` `data` when the body is not JSON.
    package var json: JSONValue {
        get throws(FieldError) {
            let data: JSONValue
            do {
                data = try JSONValue(parsing: message.body, as: .interoperable)
            } catch {
                throw FieldError(field: "data", problem: error.message(in: message.body))
            }
            var members = JSONObject([
                .init(name: "specversion", value: "1.0"), .init(name: "id", value: .string(message.id)),
                .init(name: "source", value: .string(source)), .init(name: "type", value: .string(message.type)),
                .init(name: "subject", value: .string(message.key)),
                .init(name: "time", value: .string(message.time.rfc3339WithMicroseconds)),
                .init(name: "datacontenttype", value: "application/json"),
                .init(name: "dataschema", value: .string("\(Self.schemaPrefix)\(message.schemaVersion)")),
                .init(name: "correlationid", value: .string(message.correlationID)),
            ])
            members.add("causationid", message.causationID.map(JSONValue.string))
            members.add("replyto", message.replyTo.map(JSONValue.string))
            members.add("traceparent", message.traceParent.map(JSONValue.string))
            members.add("data", data)
            return .object(members)
        }
    }

    /// Reads an event of any producer. Attributes that only our events have get defaults when they are missing.
    /// - Throws: ``FieldError``.
    package init(_ json: JSONValue) throws(FieldError) {
        guard let members = json.object else { throw FieldError(field: "", problem: "no JSON object") }
        func text(_ name: String) throws(FieldError) -> String? {
            switch members[name] as JSONValue? {
            case nil, .null?: return nil
            case .string(let text)?:
                guard !text.isEmpty else { throw FieldError(field: name, problem: "empty") }
                return text
            default: throw FieldError(field: name, problem: "of the wrong type")
            }
        }
        func required(_ name: String) throws(FieldError) -> String {
            guard let text = try text(name) else { throw FieldError(field: name, problem: "missing") }
            return text
        }
        guard try required("specversion") == "1.0" else {
            throw FieldError(field: "specversion", problem: "not an allowed value")
        }
        for member in members.members where !Self.isAttribute(member.name) {
            throw FieldError(field: String(member.name.prefix(64)), problem: "not the name of an attribute")
        }
        let id = try required("id")
        source = try required("source")
        let contentType = try text("datacontenttype") ?? "application/json"
        guard Self.isJSON(contentType) else { throw FieldError(field: "datacontenttype", problem: "not JSON") }
        guard members["data_base64"] as JSONValue? == nil else {
            throw FieldError(field: "data_base64", problem: "not JSON")
        }
        var time = Instant(microseconds: 0)
        if let written = try text("time") {
            guard let instant = Instant(rfc3339: written) else {
                throw FieldError(field: "time", problem: "not an allowed value")
            }
            time = instant
        }
        let version = try text("dataschema").flatMap { schema in
            schema.hasPrefix(Self.schemaPrefix) ? Int(schema.dropFirst(Self.schemaPrefix.count)) : nil
        }
        message = Message(
            id: id, type: try required("type"), key: try text("subject") ?? id,
            correlationID: try text("correlationid") ?? id, causationID: try text("causationid"),
            replyTo: try text("replyto"), time: time, traceParent: try text("traceparent"),
            schemaVersion: version ?? 1, body: ((members["data"] as JSONValue?) ?? .object(JSONObject())).canonical)
        if let defect = message.defect { throw FieldError(field: "", problem: defect) }
    }

    /// Attribute names are lower-case letters and digits; `data_base64` is a member but not an attribute.
    private static func isAttribute(_ name: String) -> Bool {
        name == "data_base64"
            || !name.isEmpty
                && name.utf8.allSatisfy {
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                }
    }

    /// `application/json`, `text/json` and `…+json`, with or without parameters.
    private static func isJSON(_ contentType: String) -> Bool {
        let type = contentType.split(separator: ";", maxSplits: 1)[0].lowercased()
        let plain = String(type.utf8.filter { $0 != UInt8(ascii: " ") }.map { Character(UnicodeScalar($0)) })
        return plain.hasSuffix("/json") || plain.hasSuffix("+json")
    }
}

extension Instant {
    /// RFC 3339 in UTC with microseconds, so that no precision is lost.
    fileprivate var rfc3339WithMicroseconds: String {
        let fraction = ((microseconds % 1000) + 1000) % 1000
        guard fraction > 0 else { return rfc3339 }
        let digits = String(fraction)
        return String(rfc3339.dropLast()) + String(repeating: "0", count: 3 - digits.count) + digits + "Z"
    }
}
