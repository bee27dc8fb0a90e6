import CommandLineKit
import MessagingKit
import Ordering
import OrderingCore
import Payments

/// The options that select rows of the services' outboxes; all filters must match.
enum OutboxFilterOptions {
    private static let state = Option(
        repeated: "state", "STATE", ValueParser<OutboxEntry.State>.word, summary: "Only messages in this state")
    private static let queue = Option("queue", "QUEUE", .text, summary: "Only what this queue is bound to")
    private static let type = Option("type", "TYPE", .text, summary: "Only messages of this type")
    private static let key = Option("key", "KEY", .text, summary: "Only messages with this key")
    private static let limit = Option("limit", "N", .integer(in: 1...1_000_000), summary: "At most N, oldest first")

    static let all: [any CommandOption] = [
        OperatorStores.service, state, queue, type, key, Period.since, Period.until, limit,
    ]

    /// - Throws: ``Problem`` `queue_not_found` for a queue that the style does not have.
    static func filter(_ options: ParsedOptions, _ style: Style?) throws -> OutboxFilter {
        var filter = OutboxFilter()
        filter.states = options[state].unique
        filter.key = options[key]
        (filter.since, filter.until) = try Period.bounds(options)
        filter.limit = options[limit]
        if let type = options[type] { filter.types = [type] }
        if let name = options[queue], let style {
            guard let queue = style.topology.queues.first(where: { $0.name == name }) else {
                throw Problem(
                    .notFound, "queue_not_found", "queue \(name) not found in style \(style.name.rawValue)",
                    hint: "qrpay ordering topology show")
            }
            // Both: types that the queue does not have match nothing.
            filter.types = filter.types.isEmpty ? queue.types : filter.types.filter(queue.types.contains)
            if filter.types.isEmpty { filter.limit = 0 }
        }
        return filter
    }

    /// Whether anything narrows the selection.
    static func isGiven(_ options: ParsedOptions) throws -> Bool {
        try options[queue] != nil || !options[OperatorStores.service].isEmpty || !filter(options, nil).isEmpty
    }
}
