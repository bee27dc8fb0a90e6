import CommandLineKit
import JSONKit
import Ordering
import OrderingAPI
import OrderingCore
import SQLiteEngine

enum OrderingContract {
    private static let openAPI = Option(flag: "openapi", summary: "OpenAPI 3.1: the public routes, as JSON")
    private static let asyncAPI = Option(
        "asyncapi", "STYLE", ValueParser<StyleName>.word, summary: "AsyncAPI 3.0: the messages of a style, as JSON")
    private static let proto = Option(
        flag: "proto", summary: "Protocol Buffers: messages, requests between services, and the routes at the root")

    static let command = Command(
        CommandSpec(
            path: ["ordering", "contract"], summary: "Print the contract of the ordering system",
            discussion: """
                The document is made from the tables that encode, decode and route what the services send, so that it \
                cannot differ from what they do.
                """,
            options: [openAPI, asyncAPI, proto],
            rules: [
                .anyOf(openAPI, asyncAPI, proto, otherwise: "no form of the contract"),
                .exclusive(openAPI, asyncAPI, proto),
            ],
            examples: [
                ExampleSpec(
                    command: "qrpay ordering contract --openapi > ordering.openapi.json",
                    summary: "Describe what 'qrpay ordering serve' serves"),
                ExampleSpec(
                    command: "qrpay ordering contract --asyncapi hybrid > hybrid.asyncapi.json",
                    summary: "Describe what is published and received in the hybrid style"),
                ExampleSpec(
                    command: "qrpay ordering contract --proto > ordering.proto",
                    summary: "Describe all messages and requests as Protocol Buffers"),
            ])
    ) { options, context in
        if options[openAPI] {
            try context.output.write(try JSONText.render(await openAPIDocument(context)))
        } else if let style = options[asyncAPI] {
            let document = AsyncAPIDocument(Style(style), version: Release.version)
            try context.output.write(try JSONText.render(document.json))
        } else {
            try context.output.write(TerminalText(lines: ProtocolBuffers.document()))
        }
        return .done
    }

    /// Of routes that are described and not used: on an empty store in memory.
    private static func openAPIDocument(_ context: Context) async throws -> JSONValue {
        let database = try await SQLiteDatabase.open(.memory, migrations: [])
        let services = LocalServices()
        let node = ServiceNode(.gateway, Style(.hybrid), database, context.world, services)
        let gateway = Gateway(node, services, PasswordKeys(secret: [])) { false }
        let document = OrderingServer.document(gateway, context.world, version: Release.version)
        await database.close()
        return document
    }
}
