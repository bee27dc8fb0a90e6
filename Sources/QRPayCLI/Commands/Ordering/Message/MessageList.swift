import CommandLineKit
import JSONKit
import Ordering
import OrderingCore
import Payments
import QueueKit
import WorldKit

enum MessageList {
    static let command = Command(
        CommandSpec(
            path: ["ordering", "message", "list"],
            summary: "List what the services have received, and the requests they have to make",
            discussion: """
                Stuck messages come first, then running, due, scheduled and waiting ones; then canceled and done ones, \
                newest first. A message waits while an older one of its key is unfinished or stuck. One that was \
                delivered and cannot be handled is refused: it is stuck, and holds up no other.
                """,
            options: [OrderingOptions.stores] + MessageFilterOptions.all,
            check: { _ = try MessageFilterOptions.filter($0) },
            examples: [
                ExampleSpec(command: "qrpay ordering message list --state stuck", summary: "What waits for you"),
                ExampleSpec(
                    command: "qrpay ordering message list --service billing --since 1h --json",
                    summary: "What billing has received in the last hour"),
            ])
    ) { options, context in
        let filter = try MessageFilterOptions.filter(options)
        return try await OperatorStores.using(options, context, services: options[OperatorStores.service]) { stores in
            let now = context.world.now()
            try context.show(
                try await stores.desk.list(filter).map { MessageOutput($0, now: now) }, asJSON: options.isJSON,
                ifEmpty: "no messages")
            return .done
        }
    }
}

/// A message or a request as every command shows it.
struct MessageOutput: Detailed, Listed {
    private let message: ServiceTask
    private let task: TaskOutput

    init(_ message: ServiceTask, now: Instant) {
        self.message = message
        task = TaskOutput(message.task, now: now)
    }

    var json: JSONObject {
        var json = task.json
        for name in ["task_id", "order_id", "client_id", "key"] { json[name] = nil }
        json["message"] = "\(message.place)"
        json["service"] = message.service.rawValue
        json["kind"] = message.kind?.rawValue ?? message.task.kind.rawValue
        json["id"] = message.id
        json["type"] = message.type
        json["key"] = message.key
        json["correlation_id"] = message.correlationID
        json["causation_id"] = message.causationID
        return json
    }

    var details: [(label: String, value: String?)] {
        let hidden: Set<String> = ["task_id", "kind", "key", "order_id"]
        return [
            ("message", "\(message.place)"), ("kind", message.kind?.rawValue ?? message.task.kind.rawValue),
            ("id", message.id), ("type", message.type), ("schema_version", message.schemaVersion),
            ("key", message.key), ("correlation_id", message.correlationID), ("causation_id", message.causationID),
        ] + task.details.filter { !hidden.contains($0.label) } + [("bytes", message.bytes), ("body", message.body)]
    }

    static let columns = [
        TextTable.Column("MESSAGE", isShrinkable: false), TextTable.Column("TYPE", isShrinkable: false),
        TextTable.Column("STATE", isShrinkable: false), TextTable.Column("TRIES", alignment: .right),
        TextTable.Column("WHEN", isShrinkable: false), TextTable.Column("KEY"),
        TextTable.Column("LAST ERROR", minimumWidth: 32),
    ]

    var cells: [TextTable.Cell] {
        // Of a task: number, kind, state, tries, when, order, error.
        let cells = task.cells
        return [
            TextTable.Cell("\(message.place)"), TextTable.Cell(message.type ?? message.kind?.rawValue ?? "-"), cells[2],
            cells[3], cells[4], TextTable.Cell(message.key ?? "-"), cells[6],
        ]
    }
}
