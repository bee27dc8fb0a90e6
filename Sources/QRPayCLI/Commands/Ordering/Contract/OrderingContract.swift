import CommandLineKit
import Ordering
import OrderingCore

enum OrderingContract {
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
            options: [asyncAPI, proto],
            rules: [
                .anyOf(asyncAPI, proto, otherwise: "no form of the contract"), .exclusive(asyncAPI, proto),
            ],
            examples: [
                ExampleSpec(
                    command: "qrpay ordering contract --asyncapi hybrid > hybrid.asyncapi.json",
                    summary: "Describe what is published and received in the hybrid style"),
                ExampleSpec(
                    command: "qrpay ordering contract --proto > ordering.proto",
                    summary: "Describe all messages and requests as Protocol Buffers"),
            ])
    ) { options, context in
        if let style = options[asyncAPI] {
            let document = AsyncAPIDocument(Style(style), version: Release.version)
            try context.output.write(try JSONText.render(document.json))
        } else {
            try context.output.write(TerminalText(lines: ProtocolBuffers.document()))
        }
        return .done
    }
}
