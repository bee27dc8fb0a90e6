package import JSONKit
import MessagingKit
import OrderingCore

/// The AsyncAPI 3.0 document of a style: what each service sends and receives, from the tables that encode, decode and
/// route its messages.
///
/// Source: https://www.asyncapi.com/docs/reference/specification/v3.0.0, with the AMQP bindings 0.3.0.
package struct AsyncAPIDocument: Sendable {
    private let style: Style
    private let version: String

    /// - Parameter version: of the document.
    package init(_ style: Style, version: String) {
        self.style = style
        self.version = version
    }

    package var json: JSONValue {
        [
            "asyncapi": "3.0.0",
            "info": [
                "title": .string("qrpay ordering, style \(style.name.rawValue)"), "version": .string(version),
                "description": .string(Self.about),
            ],
            "defaultContentType": "application/json",
            "channels": .members(exchangeChannels + queueChannels),
            "operations": .members(sending + receiving),
            "components": ["messages": .members(entries.map { (Self.name($0.type), Self.message($0)) })],
        ]
    }

    private static let about = """
        Messages are persistent. The properties message-id, type, correlation-id, reply-to, timestamp and content-type \
        of AMQP are used as it defines them: message-id identifies a message across every repetition, type is also the \
        routing key. Each message is delivered at least once; a receiver drops the ids that it knows. Amounts are \
        integers in minor units.
        """

    private var entries: [Contract.Entry] { Contract.entries.filter { $0.styles.contains(style.name) } }

    /// `Billing/PaymentCreated` as a name of AsyncAPI, which has no slashes.
    private static func name(_ type: MessageType) -> String { type.rawValue.replacing("/", with: ".") }

    // MARK: Channels

    /// One channel a type: the exchange routes by it.
    private var exchangeChannels: [(name: String, value: JSONValue)] {
        entries.map { entry in
            let name = Self.name(entry.type)
            return (
                name,
                [
                    "address": .string(entry.type.rawValue),
                    "messages": .members([(name, Self.reference("components/messages/\(name)"))]),
                    "bindings": [
                        "amqp": [
                            "is": "routingKey",
                            "exchange": [
                                "name": .string(Style.exchange), "type": "direct", "durable": true, "autoDelete": false,
                            ], "bindingVersion": "0.3.0",
                        ]
                    ],
                ]
            )
        }
    }

    private var queueChannels: [(name: String, value: JSONValue)] {
        style.topology.queues.map { queue in
            let names = queue.types.compactMap(MessageType.init(rawValue:)).map(Self.name)
            return (
                queue.name,
                [
                    "address": .string(queue.name),
                    "messages": .members(names.map { ($0, Self.reference("components/messages/\($0)")) }),
                    "bindings": [
                        "amqp": [
                            "is": "queue",
                            "queue": [
                                "name": .string(queue.name), "durable": true, "exclusive": false, "autoDelete": false,
                            ], "bindingVersion": "0.3.0",
                        ]
                    ],
                ]
            )
        }
    }

    // MARK: Operations

    private var sending: [(name: String, value: JSONValue)] {
        entries.map { entry in
            let name = Self.name(entry.type)
            let sender = entry.type.sender.rawValue
            return (
                "\(sender).send.\(name)",
                [
                    "action": "send", "channel": Self.reference("channels/\(name)"),
                    "messages": [Self.reference("channels/\(name)/messages/\(name)")],
                    "tags": [["name": .string(sender)]],
                    "bindings": [
                        "amqp": ["deliveryMode": 2, "mandatory": true, "bindingVersion": "0.3.0"]
                    ],
                ]
            )
        }
    }

    private var receiving: [(name: String, value: JSONValue)] {
        ServiceName.allCases.compactMap { service in
            guard let types = style.subscriptions[service] else { return nil }
            let queue = Style.queue(of: service)
            let names = types.keys.map(Self.name).sorted()
            return (
                "\(service.rawValue).receive",
                [
                    "action": "receive", "channel": Self.reference("channels/\(queue)"),
                    "messages": .array(names.map { Self.reference("channels/\(queue)/messages/\($0)") }),
                    "tags": [["name": .string(service.rawValue)]],
                    "bindings": ["amqp": ["ack": true, "bindingVersion": "0.3.0"]],
                ]
            )
        }
    }

    private static func reference(_ path: String) -> JSONValue { ["$ref": .string("#/\(path)")] }

    // MARK: Messages

    private static func message(_ entry: Contract.Entry) -> JSONValue {
        [
            "name": .string(entry.type.rawValue), "contentType": "application/json", "headers": headers(entry),
            "payload": entry.body.schema,
            "bindings": ["amqp": ["messageType": .string(entry.type.rawValue), "bindingVersion": "0.3.0"]],
        ]
    }

    /// The headers that the publisher writes.
    private static func headers(_ entry: Contract.Entry) -> JSONValue {
        [
            "type": "object", "required": ["key", "schemaversion", "time"],
            "properties": [
                "key": [
                    "type": "string", "maxLength": .integer(Message.maximumTextSize),
                    "description": "Messages of a sender with the same key take effect in their order",
                ],
                "causationid": [
                    "type": "string", "maxLength": .integer(Message.maximumTextSize),
                    "description": "The id of the message or request that caused this one",
                ],
                "correlationid": [
                    "type": "string", "maxLength": .integer(Message.maximumTextSize),
                    "description": "The correlation id where it is too long for the property",
                ],
                "traceparent": ["type": "string", "description": "W3C Trace Context"],
                "schemaversion": ["type": "integer", "const": .integer(entry.schemaVersion)],
                "time": ["type": "integer", "description": "Microseconds since 1970 UTC"],
            ],
        ]
    }
}
