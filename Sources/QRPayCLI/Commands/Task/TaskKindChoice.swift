import CommandLineKit
import Payments
import QueueKit

/// The kinds of tasks that the command line knows, in one list: options, arguments and settings take them from here.
enum TaskKindChoice {
    static let all: [TaskKind] = TaskKind.payments

    static let parser: ValueParser<TaskKind> = .words(all.map { (name($0), $0) })

    static func name(_ kind: TaskKind) -> String { kind.rawValue }

    static func named(_ text: String) -> TaskKind? { all.first { name($0) == text } }

    static let option = Option(repeated: "kind", "KIND", parser, summary: "Only tasks of this kind")
    static let argument = Argument("KIND", parser, summary: "The kind of tasks")
}
