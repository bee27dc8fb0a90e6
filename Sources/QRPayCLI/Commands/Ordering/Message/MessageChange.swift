import CommandLineKit
import EncodingKit
import JSONKit
import Ordering
import OrderingCore
import PaymentCore
import Payments
import QueueKit
import WorldKit

/// Requeueing and skipping: messages given by number are changed immediately, filters alone only show the matches.
struct MessageChange: Sendable {
    private static let messages = Argument(
        repeated: "MESSAGE", MessagePlace.parser, isOptional: true,
        summary: "The service and the number, such as billing/17")
    private static let spread = Option(
        "spread", "TIME", .seconds(), default: "0s", summary: "Spread their due times over this period")

    private let action: TaskChange.Action
    private let words: BulkChange.Words
    /// The JSON field with the number of changed messages.
    private let field: String
    private let confirmation: BulkChange.Confirmation

    private init(_ action: TaskChange.Action, verb: String, past: String, field: String) {
        self.action = action
        self.field = field
        words = BulkChange.Words(verb: verb, past: past, thing: "message")
        confirmation = BulkChange.Confirmation(
            "\(verb) the matching messages", reason: "The reason, kept with the message")
    }

    static let requeue = MessageChange(.requeue, verb: "requeue", past: "requeued", field: "requeued").command(
        summary: "Requeue messages, by number or by filters",
        discussion: """
            Messages given by number are requeued immediately. Filters are combined, and only show the matching \
            messages; --yes requeues them. A requeued message gets a fresh set of attempts. Its effect happens once, \
            however often it is handled. Running and done messages are never requeued.
            """,
        options: [spread],
        examples: [
            ExampleSpec(
                command: "qrpay ordering message requeue billing/17 --reason 'the account is there now'",
                summary: "Requeue one message"),
            ExampleSpec(
                command: "qrpay ordering message requeue --state stuck --error-class store --yes",
                summary: "Requeue what got stuck because a store could not be used"),
        ])

    static let skip = MessageChange(.cancel, verb: "skip", past: "skipped", field: "given_up").command(
        summary: "Give messages up, so that those behind them go on",
        discussion: """
            A skipped message never takes effect: an order that waits for it stays pending, and its customer gets no \
            notification. Messages given by number are skipped immediately. Filters are combined, and only show the \
            matching messages; --yes skips them. 'qrpay ordering message requeue' brings a skipped message back.
            """,
        examples: [
            ExampleSpec(
                command: "qrpay ordering message skip order/4 --reason 'sent by hand, by mistake'",
                summary: "Skip one message"),
            ExampleSpec(
                command: "qrpay ordering message skip --service order --state stuck",
                summary: "Show what would be skipped"),
        ])

    private func command(
        summary: String, discussion: String, options: [any CommandOption] = [], examples: [ExampleSpec]
    ) -> Command {
        Command(
            CommandSpec(
                path: ["ordering", "message", words.verb], summary: summary, discussion: discussion,
                arguments: [Self.messages],
                options: [OrderingOptions.stores] + MessageFilterOptions.all + confirmation.options + options,
                check: { _ = try request($0, by: .support) }, examples: examples,
                exitStatuses: [
                    ExitStatusSpec(status: 1, meaning: "Some of the messages were left alone"), BulkChange.scopeStatus,
                ])
        ) { options, context in try await run(options, context) }
    }

    /// - Throws: ``Problem`` `empty_filter` for neither a message nor a filter.
    private func request(_ options: ParsedOptions, by actor: Actor) throws -> TaskChangeRequest {
        let filter = try MessageFilterOptions.filter(options)
        let isNamed = !options[Self.messages].isEmpty
        guard isNamed || !filter.isEmpty || !options[OperatorStores.service].isEmpty else {
            throw Problem(
                .invalid, "empty_filter", "no filter given, which would select every message",
                hint: "name messages, or a filter such as --state stuck")
        }
        var request = TaskChangeRequest(action, filter, actor: actor.text)
        request.reason = options[confirmation.reason]
        request.isDryRun = !isNamed && !options[confirmation.yes]
        request.expected = options[confirmation.expect]
        if action == .requeue { request.spreadSeconds = options[Self.spread] }
        return request
    }

    private func change(
        _ request: TaskChangeRequest, at places: [TaskPlace], _ stores: OperatorStores
    ) async throws -> MessageDesk.Change {
        do {
            return try await stores.desk.change(request, at: places)
        } catch TaskError.otherScope(let expected, let found) {
            throw Problem(
                .conflict, "scope_changed",
                "the messages to \(words.verb) are not those shown before: the digest is \(found), not \(expected)",
                hint: "look at them again without --yes")
        }
    }

    private func run(_ options: ParsedOptions, _ context: Context) async throws -> ExitStatus {
        let request = try request(options, by: context.actor)
        let places = options[Self.messages].unique
        return try await OperatorStores.using(options, context, services: options[OperatorStores.service]) { stores in
            let result = try await change(request, at: places, stores)
            if !result.isDryRun, let first = result.changed.first {
                context.did(
                    "\(words.past) \(result.changed.count.counted("message"))",
                    look: "qrpay ordering message show \(first.place)")
            }
            let change = BulkChange(
                isDryRun: result.isDryRun, digest: result.digest, count: result.changed.count, matched: result.matched)
            if options.isJSON {
                var json = change.json
                json["batches"] = result.batches
                json["skipped"] = result.skipped.map { ["message": "\($0.place)", "why": $0.why] as JSONObject }
                json["messages"] = result.changed.map { "\($0.place)" }
                json[field] = result.isDryRun ? 0 : result.changed.count
                try context.output.write(try JSONText.render(json))
            } else {
                let now = context.world.now()
                try context.show(
                    result.changed.map { MessageOutput($0, now: now) }, asJSON: false,
                    ifEmpty: "nothing to \(words.verb)")
                for skipped in result.skipped { try context.note("\(skipped.place) left alone: \(skipped.why)") }
                try change.tell(words, context)
            }
            return result.skipped.isEmpty ? .done : .negative
        }
    }
}
