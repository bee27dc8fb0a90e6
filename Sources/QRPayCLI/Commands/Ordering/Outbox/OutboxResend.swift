import CommandLineKit
import EncodingKit
import JSONKit
import MessagingKit
import Ordering
import OrderingCore
import Payments
import WorldKit

/// Sending again what was sent, parked or skipped: messages given by id immediately, filters alone only show the
/// matches. `ordering message resend` and `ordering outbox resend` are the same change, named by what is given.
enum OutboxResend {
    private static let confirmation = BulkChange.Confirmation(
        "resend the matching messages", reason: "The reason, printed with the change")
    private static let words = BulkChange.Words(verb: "resend", past: "resent", thing: "message")
    private static let ids = Argument(repeated: "ID", .text, summary: "The message's id, as 'outbox list' shows it")
    private static let note = """
        Receivers drop what they have handled, so that resending is harmless. The running services send the messages, \
        or the next ones to start.
        """

    static let ofMessages = Command(
        CommandSpec(
            path: ["ordering", "message", "resend"], summary: "Send messages again, by their ids",
            discussion: note, arguments: [ids], options: [OrderingOptions.stores, OperatorStores.service],
            examples: [
                ExampleSpec(
                    command: "qrpay ordering message resend ID",
                    summary: "Send a message that a receiver has lost again")
            ],
            exitStatuses: [ExitStatusSpec(status: 3, meaning: "A message with this id was not sent from here")])
    ) { options, context in
        try await OperatorStores.using(options, context, services: options[OperatorStores.service]) { stores in
            let wanted = options[ids].map(CopiedText.trimmed).unique
            var filter = OutboxFilter()
            filter.ids = wanted
            let rows = try await stores.desk.outbox(filter)
            if let missing = wanted.first(where: { id in !rows.contains { $0.entry.message.id == id } }) {
                throw MessageError.notSent(missing)
            }
            return try await resend(rows, isDryRun: false, stores, options, context)
        }
    }

    static let ofOutbox = Command(
        CommandSpec(
            path: ["ordering", "outbox", "resend"], summary: "Send messages again, by filters",
            discussion: """
                It refills a queue that was lost, and frees what was parked once the broker takes it. Filters are \
                combined, and only show the matching messages; --yes resends them.

                \(note)
                """,
            options: [OrderingOptions.stores] + OutboxFilterOptions.all + [confirmation.yes, confirmation.expect],
            check: {
                _ = try OutboxFilterOptions.filter($0, nil)
                guard try OutboxFilterOptions.isGiven($0) else {
                    throw Problem(
                        .invalid, "empty_filter", "no filter given, which would resend every message",
                        hint: "narrow it, for example with --queue and --since")
                }
            },
            examples: [
                ExampleSpec(
                    command: "qrpay ordering outbox resend --queue ordering.billing --since 2h --yes",
                    summary: "Refill a queue that has vanished"),
                ExampleSpec(
                    command: "qrpay ordering outbox resend --state parked", summary: "Show what would be sent again"),
            ], exitStatuses: [BulkChange.scopeStatus])
    ) { options, context in
        try await OperatorStores.using(options, context, services: options[OperatorStores.service]) { stores in
            let rows = try await stores.desk.outbox(try OutboxFilterOptions.filter(options, stores.style))
            return try await resend(rows, isDryRun: !options[confirmation.yes], stores, options, context)
        }
    }

    /// Nil also for the command that takes ids.
    private static func expected(_ options: ParsedOptions) -> String? {
        options.isGiven(confirmation.expect) ? options[confirmation.expect] : nil
    }

    private static func resend(
        _ rows: [MessageDesk.Sent], isDryRun: Bool, _ stores: OperatorStores, _ options: ParsedOptions,
        _ context: Context
    ) async throws -> ExitStatus {
        let due = rows.filter { [.sent, .parked, .skipped].contains($0.entry.state) }
        var hash = StableHash()
        for row in due { hash.combine(Array("\(row.service.rawValue)/\(row.entry.message.id)\n".utf8)) }
        let digest = hash.hexadecimal
        if let expected = expected(options), expected != digest {
            throw Problem(
                .conflict, "scope_changed",
                "the messages to resend are not those shown before: the digest is \(digest), not \(expected)",
                hint: "look at them again without --yes")
        }
        let count = isDryRun ? due.count : try await stores.desk.resend(due)
        if !isDryRun, count > 0 {
            context.did("resent \(count.counted("message"))", look: "qrpay ordering outbox list")
        }
        let change = BulkChange(isDryRun: isDryRun, digest: digest, count: count, matched: rows.count)
        if options.isJSON {
            var json = change.json
            json["resent"] = isDryRun ? 0 : count
            json["ids"] = due.map { $0.entry.message.id }
            try context.output.write(try JSONText.render(json))
        } else {
            let now = context.world.now()
            try context.show(
                due.map { OutboxOutput(service: $0.service, entry: $0.entry, now: now) }, asJSON: false,
                ifEmpty: "nothing to resend")
            try change.tell(words, context)
        }
        return .done
    }
}
