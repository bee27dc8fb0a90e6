import CommandLineKit
import PaymentCore
import Payments
import QueueKit
import WorldKit

/// The options that filter tasks; all filters must match.
enum TaskFilterOptions {
    /// Tasks of payments wait for no other.
    private static let states = TaskState.allCases.filter { $0 != .waiting }
    private static let state = Option(
        repeated: "state", "STATE", ValueParser.words(states.map { ($0.rawValue, $0) }),
        summary: "Only tasks in this state")
    private static let restaurant = Option("restaurant", "CLIENT_ID", .identifier, summary: "Only of this restaurant")
    private static let order = Option("order", "ORDER", .identifier, summary: "Only tasks of this order")
    private static let errorClass = Option(
        "error-class", "CLASS", .identifier, summary: "Only tasks whose last error is of this class")
    private static let age = Option("age", "TIME", .ago, summary: "At least this old, such as 15m")
    private static let attempts = Option(
        "attempts", "N", .integer(in: 1...1_000_000), summary: "With at least N attempts")
    private static let limit = Option(
        "limit", "N", .integer(in: 1...1_000_000), summary: "At most N, most urgent first")

    static let all: [any CommandOption] = [
        TaskKindChoice.option, state, restaurant, order, errorClass, Period.since, Period.until, age, attempts, limit,
    ]

    static func filter(_ options: ParsedOptions) throws -> TaskFilter {
        var filter = TaskFilter()
        filter.kinds = options[TaskKindChoice.option].unique
        filter.states = options[state].unique
        filter.clientID = options[restaurant]
        filter.orderID = options[order]
        filter.errorClass = options[errorClass]
        (filter.since, filter.until) = try Period.bounds(options, age: age)
        filter.attempts = options[attempts]
        filter.limit = options[limit]
        return filter
    }
}

/// A task's number as an argument.
enum TaskNumber {
    static let argument = Argument("TASK", .taskNumber, summary: "The task's number")
}

extension ValueParser where Value == Int64 {
    static var taskNumber: ValueParser {
        ValueParser { text in
            guard let id = Int64(text), id > 0 else { throw InvalidValue("must be a task's number") }
            return id
        }
    }
}

extension ValueParser where Value == Instant {
    /// When something of an age began: a length of time ago.
    fileprivate static var ago: ValueParser {
        let seconds = ValueParser<Double>.seconds()
        return ValueParser { text, time in time.now.advanced(bySeconds: -(try seconds.read(text, time))) }
    }
}
