import CommandLineKit
import JSONKit
import MessagingKit
import Ordering
import OrderingCore
import Payments
import WorldKit

enum OutboxList {
    static let command = Command(
        CommandSpec(
            path: ["ordering", "outbox", "list"], summary: "List what the services have sent, or still have to send",
            discussion: """
                A message that the broker returned or refused is parked, with the reason; those of its key wait behind \
                it. Sent messages are kept for seven days.
                """,
            options: [OrderingOptions.stores] + OutboxFilterOptions.all,
            check: { _ = try OutboxFilterOptions.filter($0, nil) },
            examples: [
                ExampleSpec(
                    command: "qrpay ordering outbox list --state parked", summary: "What the broker does not take"),
                ExampleSpec(
                    command: "qrpay ordering outbox list --queue ordering.billing --since 1h --json",
                    summary: "What billing was sent in the last hour"),
            ])
    ) { options, context in
        try await OperatorStores.using(options, context, services: options[OperatorStores.service]) { stores in
            let rows = try await stores.desk.outbox(try OutboxFilterOptions.filter(options, stores.style))
            let now = context.world.now()
            try context.show(
                rows.map { OutboxOutput(service: $0.service, entry: $0.entry, now: now) }, asJSON: options.isJSON,
                ifEmpty: "no messages")
            return .done
        }
    }
}

/// A row of an outbox as every command shows it.
struct OutboxOutput: Listed {
    var service: ServiceName
    var entry: OutboxEntry
    var now: Instant

    var json: JSONObject {
        [
            "service": service.rawValue, "id": entry.message.id, "type": entry.message.type, "key": entry.message.key,
            "correlation_id": entry.message.correlationID, "causation_id": entry.message.causationID,
            "exchange": entry.exchange, "state": entry.state.rawValue, "attempts": entry.attempts,
            "error": entry.error, "created_at": entry.createdAt.rfc3339, "settled_at": entry.settledAt?.rfc3339,
            "retry_at": entry.retryAt?.rfc3339, "body": String(decoding: entry.message.body, as: UTF8.self),
        ]
    }

    static let columns = [
        TextTable.Column("SERVICE", isShrinkable: false), TextTable.Column("TYPE", isShrinkable: false),
        TextTable.Column("STATE", isShrinkable: false), TextTable.Column("WHEN", isShrinkable: false),
        TextTable.Column("KEY"), TextTable.Column("ID", isShrinkable: false),
        TextTable.Column("ERROR", minimumWidth: 24),
    ]

    var cells: [TextTable.Cell] {
        let at = entry.settledAt ?? entry.createdAt
        let effect: TextStyle.Effect? =
            switch entry.state {
            case .parked: .red
            case .sent: .green
            case .unsent, .waiting, .skipped: nil
            }
        return [
            TextTable.Cell(service.rawValue), TextTable.Cell(entry.message.type),
            TextTable.Cell(entry.state.rawValue, effect: effect),
            TextTable.Cell(at.rfc3339, onTerminal: at.relative(to: now)), TextTable.Cell(entry.message.key),
            TextTable.Cell(entry.message.id), TextTable.Cell(entry.error ?? "-"),
        ]
    }
}
