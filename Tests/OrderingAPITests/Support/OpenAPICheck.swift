import HTTPKit
import JSONKit

/// Compares answers with the server's own OpenAPI document, read like any client would.
struct OpenAPICheck: Sendable {
    let root: JSONValue

    /// Where an answer and the document differ; empty when it conforms.
    func findings(_ method: String, _ target: String, _ response: HTTPResponse) -> [String] {
        guard let operation = operation(method, target) else {
            return [404, 405].contains(response.status) ? [] : ["\(method) \(target) is not documented"]
        }
        guard let answer = operation.member("responses")?.member("\(response.status)") else {
            return ["\(method) \(target): status \(response.status) is not documented"]
        }
        let type = response.headers["Content-Type"]
        guard let content = answer.member("content") else {
            return response.body.isEmpty ? [] : ["\(method) \(target): a body that is not documented"]
        }
        guard let type, let form = content.member(type) else {
            return ["\(method) \(target): content type \(type ?? "none") is not documented"]
        }
        var findings: [String] = []
        for header in answer.member("headers")?.object?.members ?? [] where response.headers[header.name] == nil {
            findings.append("\(method) \(target): header \(header.name) is missing")
        }
        guard let schema = form.member("schema") else { return findings }
        guard let json = try? JSONValue(parsing: response.body, as: .interoperable) else {
            return ["\(method) \(target): no JSON"]
        }
        let isStrict = response.status < 300 && !target.hasSuffix("openapi.json")
        return findings + check(json, schema, "\(method) \(target)", isStrict)
    }

    private func operation(_ method: String, _ target: String) -> JSONValue? {
        let segments = target.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false)
        return root.member("paths")?.object?.members.first { path in
            let pattern = path.name.split(separator: "/", omittingEmptySubsequences: false)
            return pattern.count == segments.count
                && zip(pattern, segments).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
        }?.value.member(method.lowercased())
    }

    private func check(_ value: JSONValue, _ schema: JSONValue, _ place: String, _ isStrict: Bool) -> [String] {
        if let reference = schema["$ref"] {
            let target = reference.split(separator: "/").dropFirst().reduce(root) { $0.member(String($1)) ?? .null }
            return check(value, target, place, isStrict)
        }
        switch (schema["type"], value) {
        case ("object", .object(let object)):
            guard case .array(let required)? = schema.member("required") else { return [] }
            let missing = required.compactMap { if case .string(let name) = $0 { name } else { nil } }
                .filter { name in !object.members.contains { $0.name == name } }
            return missing.map { "\(place).\($0): missing" }
                + object.members.flatMap { member in
                    guard let form = schema.member("properties")?.member(member.name) else {
                        return isStrict ? ["\(place).\(member.name): not documented"] : []
                    }
                    return check(member.value, form, "\(place).\(member.name)", isStrict)
                }
        case ("array", .array(let elements)):
            guard let form = schema.member("items") else { return [] }
            return elements.flatMap { check($0, form, place, isStrict) }
        case ("string", .string(let text)):
            guard case .array(let words)? = schema.member("enum") else { return [] }
            return words.contains(.string(text)) ? [] : ["\(place): \(text) is not a documented word"]
        case ("number", .number), ("integer", .number), ("boolean", .bool), (nil, _): return []
        default: return ["\(place): of the wrong type"]
        }
    }
}

extension JSONValue {
    func member(_ name: String) -> JSONValue? { object?[name] as JSONValue? }
}
