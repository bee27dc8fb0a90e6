import CommandLineKit
import Ordering
import OrderingCore
import Payments
import QueueKit

/// A message, or a request between services, as an argument: `billing/17`.
enum MessagePlace {
    static let parser = ValueParser { text throws -> TaskPlace in
        guard let place = TaskPlace(CopiedText.trimmed(text)) else {
            throw InvalidValue("must be a service and a number, such as billing/17")
        }
        return place
    }

    static let argument = Argument("MESSAGE", parser, summary: "The service and the number, such as billing/17")
}

/// The options that filter messages; all filters must match.
enum MessageFilterOptions {
    private static let state = Option(
        repeated: "state", "STATE", ValueParser<TaskState>.word, summary: "Only messages in this state")
    private static let kind = Option(
        repeated: "kind", "KIND", ValueParser<ServiceTask.Kind>.word,
        summary: "Only messages, requests to other services, or refused deliveries")
    private static let errorClass = Option(
        "error-class", "CLASS", .identifier, summary: "Only those whose last error is of this class")
    private static let limit = Option(
        "limit", "N", .integer(in: 1...1_000_000), summary: "At most N, most urgent first")

    static let all: [any CommandOption] = [
        OperatorStores.service, kind, state, errorClass, Period.since, Period.until, limit,
    ]

    static func filter(_ options: ParsedOptions) throws -> TaskFilter {
        var filter = TaskFilter()
        filter.kinds = options[kind].unique.map(\.taskKind)
        filter.states = options[state].unique
        filter.errorClass = options[errorClass]
        (filter.since, filter.until) = try Period.bounds(options)
        filter.limit = options[limit]
        return filter
    }
}
