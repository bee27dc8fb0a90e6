/// The messages and requests as Protocol Buffers definitions (proto3), from the table that encodes and decodes them.
///
/// A field's number is its place in ``BodyForm/any``, the same in every message.
package enum ProtocolBuffers {
    package static let package = "qrpay.ordering.v1"

    /// The definitions; `routes` are those of the public interface.
    package static func document(_ routes: [PublicService] = PublicService.all) -> String {
        ([
            """
            // The messages of the broker, and the requests between services and to them.
            //
            // The bodies are the JSON that proto3 defines for these messages: names in lowerCamelCase. Amounts are
            // minor units, written as numbers, except where a comment says that they are decimal.
            syntax = "proto3";

            package \(package);
            """
        ] + ["// Messages of the broker."] + messages + ["// Requests between services."]
            + ServiceName.allCases.compactMap(service) + requests + ["// The public routes at the root."]
            + routes.flatMap(\.definitions) + [PublicService.answer])
            .joined(separator: "\n\n") + "\n"
    }

    // MARK: Fields

    private static func number(_ name: String) -> Int {
        (BodyForm.any.fields.firstIndex { $0.name == name } ?? BodyForm.any.fields.count) + 1
    }

    private static func type(_ member: BodyForm.Member) -> String {
        switch member.form {
        case .identifier, .text, .email, .word, .digest, .time: "string"
        case .amount: "int64"
        case .count: "int32"
        }
    }

    /// The closed set of a field's values.
    private static func words(_ member: BodyForm.Member) -> String? {
        guard case .word(let words) = member.form else { return nil }
        return words.map { "\"\($0)\"" }.joined(separator: ", ")
    }

    private static func snake(_ name: some StringProtocol) -> String {
        name.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
    }

    private static func message(_ name: String, _ fields: [BodyForm.Member], comments: [String: String] = [:])
        -> String
    {
        guard !fields.isEmpty else { return "message \(name) {}" }
        let lines = fields.sorted { number($0.name) < number($1.name) }.map { field in
            let notes = [words(field), comments[field.name]].compactMap(\.self)
            let comment = notes.isEmpty ? "" : "  // \(notes.joined(separator: "; "))"
            let label = field.isRequired ? "" : "optional "
            return "  \(label)\(type(field)) \(snake(field.name)) = \(number(field.name));\(comment)"
        }
        return "message \(name) {\n\(lines.joined(separator: "\n"))\n}"
    }

    // MARK: Messages

    private static var messages: [String] {
        MessageType.allCases.map { type in
            let entries = Contract.entries.filter { $0.type == type }
            var fields: [BodyForm.Member] = []
            var comments: [String: String] = [:]
            for field in entries.flatMap(\.body.fields) where !fields.contains(where: { $0.name == field.name }) {
                let having = entries.filter { $0.body.fields.contains { $0.name == field.name } }
                var field = field
                if having.count < entries.count {
                    field.isRequired = false
                    comments[field.name] = list(having.flatMap(\.styles))
                }
                fields.append(field)
            }
            let styles = list(entries.flatMap(\.styles))
            return "// \(type.rawValue), schema version \(entries.map(\.schemaVersion).max() ?? 1): \(styles).\n"
                + message(type.rawValue.replacing("/", with: ""), fields, comments: comments)
        }
    }

    private static func list(_ styles: [StyleName]) -> String {
        StyleName.allCases.filter(styles.contains).map(\.rawValue).joined(separator: ", ")
    }

    // MARK: Requests between services

    private static func name(_ endpoint: Endpoint) -> String {
        endpoint.rawValue.prefix(1).uppercased() + endpoint.rawValue.dropFirst()
    }

    private static func service(_ service: ServiceName) -> String? {
        let endpoints = Endpoint.allCases.filter { $0.service == service }
        guard !endpoints.isEmpty else { return nil }
        let calls = endpoints.map { endpoint in
            "  // \(endpoint.method) \(endpoint.path)\n"
                + "  rpc \(name(endpoint))(\(name(endpoint))Request) returns (\(name(endpoint))Answer);"
        }
        let title = service.rawValue.prefix(1).uppercased() + service.rawValue.dropFirst()
        return "service \(title) {\n\(calls.joined(separator: "\n"))\n}"
    }

    private static var requests: [String] {
        Endpoint.allCases.flatMap { endpoint in
            let name = name(endpoint)
            let request = message("\(name)Request", endpoint.request.fields)
            if let row = endpoint.row {
                return [
                    request, message("\(name)Row", row.fields),
                    "message \(name)Answer {\n  repeated \(name)Row rows = 1;\n}",
                ]
            }
            // What every answer has, and what only some have.
            let forms = endpoint.statuses.sorted().map { endpoint.answer($0).fields }.filter { !$0.isEmpty }
            var fields: [BodyForm.Member] = []
            for field in forms.flatMap(\.self) where !fields.contains(where: { $0.name == field.name }) {
                var field = field
                field.isRequired = forms.allSatisfy { $0.contains { $0.name == field.name && $0.isRequired } }
                fields.append(field)
            }
            return [request, message("\(name)Answer", fields)]
        }
    }
}

/// One service of the public routes at the root, as its Protocol Buffers definitions.
package struct PublicService: Sendable {
    package struct Call: Sendable {
        package var name: String
        package var method: String
        /// Names with their types and comments, in the order of their numbers.
        package var fields: [(declaration: String, comment: String?)]
    }

    package var name: String
    package var calls: [Call]

    private static let user = (declaration: "string user", comment: Optional("The user's name"))
    private static let sum = (declaration: "string sum", comment: Optional("A decimal number; JSON numbers are taken"))

    static let answer = """
        message PublicAnswer {
          bool status = 1;  // false for an error, which has a status of 4xx or 5xx
          optional string message = 2;
          repeated string log = 3;
        }
        """

    package static let all: [PublicService] = [
        PublicService(
            name: "PublicOrder",
            calls: [
                Call(name: "GetBasket", method: "GET", fields: [user]),
                Call(name: "Order", method: "POST", fields: [user, sum, ("string basket", "Of GetBasket")]),
            ]),
        PublicService(
            name: "PublicBilling",
            calls: [
                Call(name: "CreateUser", method: "POST", fields: [user]),
                Call(name: "DepositCash", method: "POST", fields: [user, sum]),
            ]),
        PublicService(name: "PublicNotify", calls: [Call(name: "List", method: "GET", fields: [])]),
    ]

    var definitions: [String] {
        let lines = calls.map {
            "  // \($0.method) /\($0.name)\n  rpc \($0.name)(\($0.name)Body) returns (PublicAnswer);"
        }
        let bodies = calls.map { call in
            guard !call.fields.isEmpty else { return "message \(call.name)Body {}" }
            let fields = call.fields.enumerated().map { index, field in
                "  \(field.declaration) = \(index + 1);" + (field.comment.map { "  // \($0)" } ?? "")
            }
            return "message \(call.name)Body {\n\(fields.joined(separator: "\n"))\n}"
        }
        return ["service \(name) {\n\(lines.joined(separator: "\n"))\n}"] + bodies
    }
}
