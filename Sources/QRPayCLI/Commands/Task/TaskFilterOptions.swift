import CommandLineKit
import PaymentCore
import Payments
import QueueKit

/// The options that filter tasks; all filters must match.
enum TaskFilterOptions {
    static let specs = [
        OptionSpec(
            name: "kind", value: "KIND", isRepeatable: true, completion: .values(TaskKind.payments.map(\.rawValue)),
            summary: "Only tasks of this kind"),
        OptionSpec(
            name: "state", value: "STATE", isRepeatable: true, completion: .values(TaskState.allCases.map(\.rawValue)),
            summary: "Only tasks in this state"),
        OptionSpec(name: "restaurant", value: "CLIENT_ID", summary: "Only of this restaurant"),
        OptionSpec(name: "order", value: "ORDER", summary: "Only tasks of this order"),
        OptionSpec(name: "error-class", value: "CLASS", summary: "Only tasks whose last error is of this class"),
        OptionSpec(
            name: "since", value: "TIME", summary: "Created at or after: \(ParsedOptions.timeForms)"),
        OptionSpec(name: "until", value: "TIME", summary: "Created before"),
        OptionSpec(name: "age", value: "TIME", summary: "At least this old, such as 15m"),
        OptionSpec(name: "attempts", value: "N", summary: "With at least N attempts"),
        OptionSpec(name: "limit", value: "N", summary: "At most N, most urgent first"),
    ]

    static func filter(_ options: ParsedOptions, _ context: Context) throws -> TaskFilter {
        var filter = TaskFilter()
        filter.kinds = try options.words("kind")
        filter.states = try options.words("state")
        filter.clientID = try options.identifier(option: "restaurant")
        filter.orderID = try options.identifier(option: "order")
        filter.errorClass = try options.identifier(option: "error-class")
        (filter.since, filter.until) = try options.period(context, age: "age")
        filter.attempts = try options.integer("attempts", in: 1...1_000_000)
        filter.limit = try options.integer("limit", in: 1...1_000_000)
        return filter
    }

    static func id(_ text: String) throws -> Int64 {
        guard let id = Int64(text), id > 0 else {
            throw Problem(.invalid, "usage", "TASK '\(TerminalText.escaped(text))': must be a task's number")
        }
        return id
    }

    /// A kind as an argument.
    static func kind(_ text: String) throws -> TaskKind {
        guard let kind = TaskKind.payment(named: text) else {
            throw ParsedOptions.invalid("KIND", text, oneOf: TaskKind.payments.map(\.rawValue))
        }
        return kind
    }

    static let kindArgument = ArgumentSpec(
        name: "KIND", completion: .values(TaskKind.payments.map(\.rawValue)), summary: "The kind of tasks")
}
