import FoundationEssentials

/// One exchange with a partner, as it goes over the wire: a golden file in `Tests/Fixtures/Partners` with a request, a
/// line `<<<` and a response. The partner's client and its sandbox are both tested against it.
package struct PartnerExchange: Sendable, CustomStringConvertible {
    package struct Message: Sendable {
        /// `GET /v1/orders/1 HTTP/1.1`, or `HTTP/1.1 200 OK`.
        package var line: String
        package var headers: [(name: String, value: String)] = []
        package var body: [UInt8] = []

        package func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }

        package var hasJSON: Bool { header("Content-Type") == "application/json" }

        package func json() throws -> ReceivedJSON { try ReceivedJSON(body) }

        private var words: [String] { line.split(separator: " ").map(String.init) }

        /// Of a request.
        package var method: String { words[0] }

        /// Of a request: the path and the query.
        package var target: String { words[1] }

        /// Of a response.
        package var status: Int { Int(words[1]) ?? 0 }
    }

    /// `eda/create-order.reused`.
    package let name: String
    package let request: Message
    package let response: Message

    package var description: String { name }
    package var partner: String { String(name.prefix { $0 != "/" }) }

    /// - Parameter name: the file without its extension, below `Tests/Fixtures/Partners`.
    package init(_ name: String) throws {
        let text = String(
            decoding: try Data(contentsOf: URL(filePath: "\(Self.directory)/\(name).http")), as: UTF8.self)
        guard let middle = text.firstRange(of: "\n\n<<<\n\n") else { throw NotAnExchange(name: name) }
        self.name = name
        request = try Self.message(text[..<middle.lowerBound], name)
        response = try Self.message(text[middle.upperBound...].dropLast(), name)
    }

    private struct NotAnExchange: Error { var name: String }

    private static let directory = #filePath.replacing("TestSupport/PartnerExchange.swift", with: "Fixtures/Partners")

    /// The names of all exchanges of a partner, sorted.
    package static func names(of partner: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(directory)/\(partner)").filter { $0.hasSuffix(".http") }
            .map { "\(partner)/\($0.dropLast(5))" }.sorted()
    }

    private static func message(_ text: Substring, _ name: String) throws -> Message {
        let end = text.firstRange(of: "\n\n")
        let head = text[..<(end?.lowerBound ?? text.endIndex)].split(separator: "\n").map(String.init)
        guard let line = head.first else { throw NotAnExchange(name: name) }
        var message = Message(line: line)
        for field in head.dropFirst() {
            guard let colon = field.firstRange(of: ": ") else { throw NotAnExchange(name: name) }
            message.headers.append((String(field[..<colon.lowerBound]), String(field[colon.upperBound...])))
        }
        if let end { message.body = Array(text[end.upperBound...].utf8) }
        return message
    }
}

extension ReceivedJSON {
    /// Where another value has other fields or types, or another value that is not expected to vary; empty when the two
    /// agree. An array's elements are all compared with the first one's shape where the counts differ.
    /// - Parameter varying: names of fields whose values differ from case to case.
    package func differences(from golden: ReceivedJSON, varying: Set<String> = [], at place: String = "$") -> [String] {
        switch (self, golden) {
        case (.object(let own), .object(let its)):
            let names = Set(own.keys).union(its.keys).sorted()
            return names.flatMap { name -> [String] in
                let inner = "\(place).\(name)"
                guard let value = own[name] else { return ["\(inner): missing"] }
                guard let expected = its[name] else { return ["\(inner): not in the golden message"] }
                if varying.contains(name) { return value.isOfType(of: expected) ? [] : ["\(inner): another type"] }
                return value.differences(from: expected, varying: varying, at: inner)
            }
        case (.array(let own), .array(let its)) where own.count == its.count:
            return zip(own, its).enumerated().flatMap { index, pair in
                pair.0.differences(from: pair.1, varying: varying, at: "\(place)[\(index)]")
            }
        default: return self == golden ? [] : ["\(place): \(json) instead of \(golden.json)"]
        }
    }

    private func isOfType(of other: ReceivedJSON) -> Bool {
        switch (self, other) {
        case (.null, .null), (.bool, .bool), (.number, .number), (.string, .string): true
        case (.array(let own), .array(let its)):
            // All elements have the fields of the first.
            own.allSatisfy { element in its.first.map { element.hasShape(of: $0) } ?? true }
        case (.object, .object): hasShape(of: other)
        default: false
        }
    }

    /// Whether it has the same fields with values of the same types.
    private func hasShape(of other: ReceivedJSON) -> Bool {
        guard case .object(let own) = self, case .object(let its) = other else { return isOfType(of: other) }
        return Set(own.keys) == Set(its.keys) && own.allSatisfy { $1.isOfType(of: its[$0] ?? .null) }
    }
}
