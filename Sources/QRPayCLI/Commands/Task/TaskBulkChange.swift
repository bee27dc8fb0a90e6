import CommandLineKit
import EncodingKit
import JSONKit
import PaymentCore
import Payments
import QueueKit
import WorldKit

/// The common part of requeueing and canceling: task numbers act immediately, filters alone only show the matches.
struct TaskBulkChange: Sendable {
    static let tasks = Argument(repeated: "TASK", .taskNumber, isOptional: true, summary: "The task's number")

    private let confirmation: BulkChange.Confirmation

    /// - Parameter verb: the action, `requeue`.
    init(verb: String) { confirmation = BulkChange.Confirmation("\(verb) the matching tasks") }

    var options: [any CommandOption] { TaskFilterOptions.all + confirmation.options }

    static let exitStatuses = [
        ExitStatusSpec(status: 1, meaning: "Some of the tasks were skipped"),
        BulkChange.scopeStatus,
    ]

    /// - Throws: ``TaskError/emptyFilter`` for neither a task nor a filter.
    func request(
        _ action: TaskChange.Action, _ options: ParsedOptions, by actor: Actor = .support
    ) throws -> TaskChangeRequest {
        var filter = try TaskFilterOptions.filter(options)
        filter.ids = options[Self.tasks].unique.sorted()
        guard !filter.isEmpty else { throw TaskError.emptyFilter }
        var request = TaskChangeRequest(action, filter, actor: actor.text)
        request.reason = options[confirmation.reason]
        request.isDryRun = filter.ids.isEmpty && !options[confirmation.yes]
        request.expected = options[confirmation.expect]
        return request
    }

    /// Does it, or shows what it would do.
    /// - Parameter field: the JSON field with the number of changed tasks.
    func run(
        _ request: TaskChangeRequest, _ words: BulkChange.Words, field: String, _ options: ParsedOptions,
        _ context: Context
    ) async throws -> ExitStatus {
        let services = try await Wiring.services(options, context)
        let tasks = services.queue
        try await services.checkNames(in: request.filter)
        let result = try await tasks.change(request)
        if !result.isDryRun, !result.changed.isEmpty {
            context.did(
                "\(words.past) \(result.changed.count.counted("task")), batch \(result.batch)",
                look: "qrpay task show \(result.changed[0].taskID)")
        }
        let change = BulkChange(
            isDryRun: result.isDryRun, batch: result.batch, digest: result.digest, count: result.changed.count,
            matched: result.matched.count)
        if options.isJSON {
            var json = change.json
            json["skipped"] = result.skipped.map { ["task_id": String($0.taskID), "why": $0.why] as JSONObject }
            json["task_ids"] = result.changed.map { String($0.taskID) }
            json[field] = result.isDryRun ? 0 : result.changed.count
            try context.output.write(try JSONText.render(json))
        } else {
            let now = context.world.now()
            try context.show(
                result.changed.map { TaskOutput($0, now: now) }, asJSON: false, ifEmpty: "nothing to \(words.verb)")
            for skipped in result.skipped { try context.note("task \(skipped.taskID) skipped: \(skipped.why)") }
            try change.tell(words, context)
        }
        switch request.action {
        case .cancel: try Self.warn(of: result, context)
        case .requeue: try Self.warn(of: try await tasks.pauses(), result, context)
        }
        return result.skipped.isEmpty ? .done : .negative
    }

    /// Warns about requeued tasks of paused kinds, which no worker runs.
    private static func warn(
        of pauses: [TaskKind: TaskPause], _ result: TaskChangeResult, _ context: Context
    ) throws {
        for kind in TaskKindChoice.all {
            let count = result.changed.count { $0.kind == kind }
            guard count > 0, let pause = pauses[kind] else { continue }
            let reason = pause.reason.isEmpty ? "" : " because: \(pause.reason)"
            try context.warn(
                "\(kind.rawValue) is paused by \(pause.pausedBy) since \(pause.pausedAt.rfc3339)\(reason); "
                    + "\(count.counted("task")) of this kind will run after 'qrpay task resume \(kind.rawValue)'")
        }
    }

    /// Tells what is at stake when tasks are canceled that should have run.
    private static func warn(of result: TaskChangeResult, _ context: Context) throws {
        for kind in TaskKindChoice.all {
            let count = result.changed.count { $0.kind == kind }
            guard count > 0, let risk = kind.riskOfCanceling else { continue }
            try context.warn(
                result.isDryRun
                    ? "\(count) \(kind.rawValue) among them: once canceled, \(risk)"
                    : "\(count) \(kind.rawValue) canceled: \(risk); 'qrpay task requeue --undo \(result.batch)' brings "
                        + "the batch back, 'qrpay order show ORDER --explain' explains the state of an order")
        }
    }
}
