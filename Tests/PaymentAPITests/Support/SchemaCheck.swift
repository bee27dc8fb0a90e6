import HTTPKit
import JSONKit
import TestSupport

/// Checks responses against an OpenAPI document, read from outside like any client would.
struct SchemaCheck: Sendable {
    let root: JSON

    init(document: [UInt8]) throws { root = try JSON(document) }

    /// Where an exchange and the document differ, in either direction; empty when it conforms.
    func findings(method: String, path: String, _ response: HTTPResponse) throws -> [String] {
        let operation = root["paths"][path][method.lowercased()]
        guard operation != nil else {
            // An undocumented exchange can only be a refusal.
            return [404, 405].contains(response.status) ? [] : ["\(method) \(path) is not documented"]
        }
        let answer = operation["responses"]["\(response.status)"]
        guard answer != nil else {
            return ["\(method) \(path): status \(response.status) is not documented"]
        }
        let contentType = response.headers["Content-Type"] ?? "none"
        guard let content = answer["content"].members[contentType] else { return ["content type \(contentType)"] }
        var findings: [String] = []
        for (name, header) in answer["headers"].members {
            guard let value = response.headers[name] else {
                findings.append("header \(name) is missing")
                continue
            }
            let isInteger = header["schema"]["type"] == "integer"
            let json = isInteger ? Int(value).map { JSON.number(Double($0)) } ?? .string(value) : .string(value)
            findings += try check(json, header["schema"], name)
        }
        guard let schema = content.members["schema"] else { return findings }
        return findings + (try check(try JSON(response.body), schema, "$"))
    }

    private func check(_ value: JSON, _ schema: JSON, _ place: String) throws -> [String] {
        if let reference = schema["$ref"].text {
            let target = reference.split(separator: "/").dropFirst().reduce(root) { $0[String($1)] }
            return try check(value, target, place)
        }
        if schema["anyOf"] != nil {
            let choices = schema["anyOf"].elements
            let isAny = try choices.contains { try check(value, $0, place).isEmpty }
            return isAny ? [] : ["\(place): none of the choices"]
        }
        switch (schema["type"].text, value) {
        case ("object", .object(let members)):
            let properties = schema["properties"].members
            guard schema["properties"] != nil else { return [] }
            let missing = schema["required"].elements.compactMap(\.text).filter { members[$0] == nil }
            // A client's validator is more lenient; the document is expected to name everything.
            let isOpen = properties["openapi"] != nil
            return try missing.map { "\(place).\($0): missing" }
                + members.flatMap { name, member in
                    guard let property = properties[name] else {
                        return isOpen ? [] : ["\(place).\(name): not documented"]
                    }
                    return try check(member, property, "\(place).\(name)")
                }
        case ("array", .array(let elements)):
            let isTooLong = schema["maxItems"].number.map { Double(elements.count) > $0 } ?? false
            return try (isTooLong ? ["\(place): too long"] : [])
                + elements.enumerated().flatMap { try check($1, schema["items"], "\(place)[\($0)]") }
        case ("string", .string(let text)):
            return try check(text, schema, place)
        case ("integer", .number(let number)):
            let isInside =
                number >= schema["minimum"].number ?? number && number <= schema["maximum"].number ?? number
            return number == number.rounded() && isInside ? [] : ["\(place): \(number)"]
        case ("number", .number), ("boolean", .bool):
            return []
        default:
            return ["\(place): \(value.json) is no \(schema["type"].text ?? "known type")"]
        }
    }

    private func check(_ text: String, _ schema: JSON, _ place: String) throws -> [String] {
        var findings: [String] = []
        if schema["enum"] != nil, !schema["enum"].elements.contains(.string(text)) {
            findings.append("\(place): word \(text)")
        }
        let count = Double(text.unicodeScalars.count)
        if count < schema["minLength"].number ?? 0 { findings.append("\(place): too short") }
        if count > schema["maxLength"].number ?? .infinity { findings.append("\(place): too long") }
        if let pattern = schema["pattern"].text, try Regex(pattern).firstMatch(in: text) == nil {
            findings.append("\(place): \(text) does not match \(pattern)")
        }
        return findings
    }
}
