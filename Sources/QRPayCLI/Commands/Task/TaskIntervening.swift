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
        TaskFilterOptions.specs + BulkChange.options("\(verb) what the filters match")
    }

    static let exitStatuses = [
        ExitStatusSpec(status: 1, meaning: "Some of the tasks could not be touched"),
        BulkChange.scopeStatus,
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
    /// - Parameter field: the field of the JSON that counts what was touched.
    static func run(
        _ request: InterventionRequest, _ words: BulkChange.Words, field: String, _ options: ParsedOptions,
        _ context: Context
    ) async throws -> ExitStatus {
        guard !request.filter.isEmpty else { throw TaskError.emptyFilter }
        let services = try await Wiring.services(options, context)
        let result = try await Tasks(services).intervene(request)
        let change = BulkChange(
            isDryRun: result.isDryRun, batch: result.batch, digest: result.digest, count: result.touched.count,
            matched: result.matched.count)
        if options.isJSON {
            var json = change.json
            json["skipped"] = result.skipped.map { ["task_id": String($0.task.taskID), "why": $0.why] as JSONObject }
            json["task_ids"] = result.touched.map { String($0.taskID) }
            json[field] = result.isDryRun ? 0 : result.touched.count
            try context.output.write(try JSONText.render(json))
        } else {
            try context.show(result.touched.map(TaskOutput.init), asJSON: false, ifEmpty: "nothing to \(words.verb)")
            for skipped in result.skipped { try context.note("task \(skipped.task.taskID) skipped: \(skipped.why)") }
            try change.tell(words, context)
        }
        // A task that is named and left out by the filters beside its name is not touched either.
        let isEveryNamedOneMeant = result.matched.count >= Set(request.filter.ids).count
        return result.skipped.isEmpty && isEveryNamedOneMeant ? .done : .negative
    }
}
