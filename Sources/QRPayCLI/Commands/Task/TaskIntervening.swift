import CommandLineKit
import QRPayDomain
import QRPayServices
import QRPayStore

/// What requeueing and canceling have in common: which tasks, and that filters alone only show what they would touch.
enum TaskIntervening {
    static let argument = ArgumentSpec(
        name: "TASK", isOptional: true, isRepeatable: true, summary: "The task's number")

    /// - Parameters:
    ///   - verb: what is done, `push`.
    static func options(_ verb: String) -> [OptionSpec] {
        TaskFilterOptions.specs + [
            OptionSpec(name: "reason", value: "TEXT", summary: "Why, kept with the task"),
            OptionSpec(name: "yes", summary: "Really \(verb) what the filters match"),
            OptionSpec(
                name: "expect", value: "DIGEST", summary: "With --yes, only if it is what was shown with that digest"),
        ]
    }

    static let exitStatuses = [
        ExitStatusSpec(status: 1, meaning: "Some of the tasks could not be touched"),
        ExitStatusSpec(status: 4, meaning: "The tasks that match are not the ones expected"),
    ]

    static func request(
        _ action: TaskIntervention.Action, _ options: ParsedOptions, _ context: Context
    ) throws -> InterventionRequest {
        var filter = try TaskFilterOptions.filter(options, context)
        filter.ids = try Array(Set(options.arguments("TASK").map(TaskFilterOptions.id))).sorted()
        var request = InterventionRequest(action, filter)
        request.reason = options.value("reason") ?? ""
        request.isDryRun = filter.ids.isEmpty && !options.isSet("yes")
        request.expected = options.value("expect")
        return request
    }

    /// Does it, or shows what would be done.
    static func run(
        _ request: InterventionRequest, _ words: Words, _ options: ParsedOptions, _ context: Context
    ) async throws -> ExitStatus {
        guard !request.filter.isEmpty else { throw TaskError.emptyFilter }
        let services = try await Wiring.services(options, context)
        let result = try await Tasks(services).intervene(request)
        if options.isJSON {
            try context.output.write(try JSONText.render(json(result, words)))
        } else {
            let now = context.world.now()
            try context.show(
                result.touched.map { TaskOutput($0, now: now) }, asJSON: false, ifEmpty: "nothing to \(words.verb)")
            for skipped in result.skipped { try context.note("task \(skipped.taskID) skipped: \(skipped.why)") }
            let counts = "\(result.touched.count) of \(result.matched.count) tasks"
            if !result.isDryRun {
                try context.note("\(words.past) \(counts)" + (result.touched.isEmpty ? "" : ", batch \(result.batch)"))
            } else {
                try context.note("would \(words.verb) \(counts); --yes does it")
                if !result.touched.isEmpty {
                    try context.note("--yes --expect \(result.digest) does it to exactly these")
                }
            }
        }
        if request.action == .cancel { try warn(of: result, context) }
        return result.skipped.isEmpty ? .done : .negative
    }

    /// Tells what is at stake when tasks are canceled that should have run.
    private static func warn(of result: InterventionResult, _ context: Context) throws {
        for kind in TaskKind.allCases {
            let count = result.touched.count { $0.kind == kind }
            guard count > 0, let risk = kind.riskOfCanceling else { continue }
            try context.warn(
                result.isDryRun
                    ? "\(count) \(kind.rawValue) among them: once canceled, \(risk)"
                    : "\(count) \(kind.rawValue) canceled: \(risk); 'qrpay task requeue --undo \(result.batch)' brings "
                        + "the batch back, 'qrpay order show ORDER --explain' tells how an order stands")
        }
    }

    /// How an action is spoken of.
    struct Words {
        /// `push`
        var verb: String
        /// `pushed`
        var past: String
        /// The field that counts what was touched.
        var field: String
    }

    private static func json(_ result: InterventionResult, _ words: Words) -> JSONObject {
        var json: JSONObject = [
            "batch": result.isDryRun || result.touched.isEmpty ? nil : result.batch, "dry_run": result.isDryRun,
            "matched": result.matched.count, "digest": result.digest,
            "skipped": result.skipped.map { ["task_id": String($0.taskID), "why": $0.why] as JSONObject },
            "task_ids": result.touched.map { String($0.taskID) },
        ]
        json[words.field] = result.isDryRun ? 0 : result.touched.count
        return json
    }
}
