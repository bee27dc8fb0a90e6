import CommandLineKit
import EncodingKit
import JSONKit
import MessagingKit
import PaymentCore
import Payments
import WorldKit

/// Selects events of the payments' outbox.
private enum EventOutboxOptions {
    static let order = Option("order", "ORDER", .identifier, summary: "Only of this order")
    static let type = Option(
        repeated: "type", "TYPE", ValueParser.words(PaymentEvent.Kind.allCases.map { ($0.rawValue, $0.rawValue) }),
        summary: "Only of this type")

    static func filter(_ options: ParsedOptions) throws -> OutboxFilter {
        var filter = OutboxFilter()
        filter.key = options[order]
        filter.types = options[type].unique
        (filter.since, filter.until) = try Period.bounds(options)
        return filter
    }
}

enum EventsOutbox {
    private static let states = OutboxEntry.State.allCases.filter { $0 != .skipped }
    private static let state = Option(
        repeated: "state", "STATE", ValueParser.words(states.map { ($0.rawValue, $0) }),
        summary: "Only in this state")
    private static let limit = Option("limit", "N", .integer(in: 1...1_000_000), default: "100", summary: "At most N")

    static let command = Command(
        CommandSpec(
            path: ["events", "outbox"], summary: "List the events that payments have for the broker, oldest first",
            discussion: """
                An event is unsent until the broker has confirmed it; parked while no subscriber's queue takes it, or \
                the broker refuses it, and offered again by itself; waiting behind a parked one of its order. Sent ones \
                are kept for a week. With --json, each has the CloudEvent as it is sent.
                """,
            options: [state, EventOutboxOptions.order, EventOutboxOptions.type, Period.since, Period.until, limit],
            check: { _ = try EventOutboxOptions.filter($0) },
            examples: [
                ExampleSpec(command: "qrpay events outbox --state parked", summary: "Events that no queue takes")
            ])
    ) { options, context in
        let services = try await Wiring.services(options, context)
        var filter = try EventOutboxOptions.filter(options)
        filter.states = options[state].unique
        filter.limit = options[limit]
        let entries = try await services.store.read { [filter] in try $0.outbox.list(filter) }
        try context.show(entries.map(EventOutboxOutput.init), asJSON: options.isJSON, ifEmpty: "no events")
        return .done
    }
}

enum EventsResend {
    private static let yes = Option(flag: "yes", summary: "Send the matching events again")

    static let command = Command(
        CommandSpec(
            path: ["events", "resend"], summary: "Send events again that were sent, to fill a subscriber's queue anew",
            discussion: """
                Counts the matching events; --yes lets 'qrpay work' and 'qrpay serve' send them again, under the same \
                ids: subscribers drop those that they know.
                """,
            options: [EventOutboxOptions.order, EventOutboxOptions.type, Period.since, Period.until, yes],
            check: { _ = try EventOutboxOptions.filter($0) },
            examples: [ExampleSpec(command: "qrpay events resend --since 1d --yes", summary: "Those of the last day")])
    ) { options, context in
        let services = try await Wiring.services(options, context)
        let filter = try EventOutboxOptions.filter(options)
        let isDone = options[yes]
        var known = filter
        known.states = [.sent, .parked]
        let count =
            try await isDone
            ? services.store.write { try $0.outbox.resend(filter) }
            : services.store.read { [known] in try $0.outbox.list(known).count }
        if isDone { context.did("\(count.counted("event")) to be sent again", look: "qrpay events outbox") }
        if options.isJSON {
            let json: JSONObject = ["dry_run": !isDone, "matched": count, "resent": isDone ? count : 0]
            try context.output.write(try JSONText.render(json))
        } else if isDone {
            try context.output.write("\(count.counted("event")) to be sent again\n")
        } else {
            try context.note("would send \(count.counted("event")) again; use --yes to do so")
        }
        return .done
    }
}

private struct EventOutboxOutput: Listed {
    var entry: OutboxEntry

    init(_ entry: OutboxEntry) { self.entry = entry }

    var json: JSONObject {
        [
            "event_id": entry.message.id, "type": entry.message.type, "order_id": entry.message.key,
            "state": entry.state.rawValue, "attempts": entry.attempts, "error": entry.error,
            "created_at": entry.createdAt.rfc3339, "settled_at": entry.settledAt?.rfc3339,
            "event": try? JSONValue(parsing: entry.message.body, as: .tolerant),
        ]
    }

    static let columns = [
        TextTable.Column("CREATED", isShrinkable: false), TextTable.Column("TYPE", isShrinkable: false),
        TextTable.Column("ORDER", isShrinkable: false), TextTable.Column("STATE", isShrinkable: false),
        TextTable.Column("TRIES", alignment: .right, isShrinkable: false), TextTable.Column("ERROR"),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell(entry.createdAt.rfc3339), TextTable.Cell(entry.message.type),
            TextTable.Cell(entry.message.key),
            TextTable.Cell(entry.state.rawValue, effect: entry.state == .parked ? .red : nil),
            TextTable.Cell("\(entry.attempts)"), TextTable.Cell(entry.error ?? ""),
        ]
    }
}
