import CommandLineKit
import EncodingKit
import JSONKit
import PaymentAPI
import PaymentCore
import Payments
import Simulator
import WorldKit

enum Simulate {
    private static let seed = Option(
        "seed", "SEED", .integer(in: 0...Int.max), summary: "Seed of the random decisions; overrides the file's")
    private static let timeout = Option(
        "timeout", "TIME", .seconds(),
        summary: "Time limit for the run and all its work; overrides the file's, which defaults to 60s")
    private static let junit = Option(
        "junit", "FILE", .file, summary: "Write JUnit XML with a test case for every expectation and invariant")
    private static let validate = Option(flag: "validate", summary: "Check the scenario without running it")

    static let command = Command(
        CommandSpec(
            path: ["simulate"], summary: "Simulate many users of a running system, and check every invariant",
            discussion: """
                Runs a scenario over real HTTP: restaurants send bills, guests pay them concurrently, partners fail, \
                workers restart. When all work is done, every invariant of the payment protocol is checked against our \
                store and the partners' state, and the cashback is audited.

                By default it starts its own server, workers and sandbox; with --store alone, on that empty store of a \
                database server. With --server it uses a running server, \
                which needs the gateway's key and the restaurants' API keys; --partners names that server's sandbox \
                and --store its store; without them fewer invariants can be checked.

                A scenario is a JSON file: the participants, steps in sequence or in parallel, and expected results. \
                'qrpay simulate show NAME' prints one to start from. The kinds of steps and their fields are below; \
                each step also has id, do, after_seconds, expect and note. ${id.field} is a result of an earlier step:


                """ + ScenarioReference.text,
            arguments: [ScenarioSource.argument],
            options: [seed, timeout, SimulationStage.directory, SimulationStage.server, junit, validate],
            rules: SimulationStage.rules, check: SimulationStage.check,
            examples: [
                ExampleSpec(command: "qrpay simulate", summary: "Two guests pay the same bill concurrently"),
                ExampleSpec(
                    command: "qrpay simulate lunch-rush --junit rush.xml", summary: "Run a thousand guests, for CI"),
                ExampleSpec(
                    command: "qrpay simulate evening.json --validate", summary: "Check your own scenario"),
                ExampleSpec(
                    command:
                        "qrpay simulate two-guests --server http://127.0.0.1:8780 --partners http://127.0.0.1:8787",
                    summary: "Test a staging system"),
            ],
            exitStatuses: [
                ExitStatusSpec(status: 1, meaning: "An invariant is violated, or an expectation was not met"),
                ExitStatusSpec(status: 2, meaning: "The scenario is invalid"),
                ExitStatusSpec(status: 5, meaning: "The server or the sandbox cannot be reached"),
                ExitStatusSpec(status: 8, meaning: "Work was still pending at the time limit"),
            ]), libraries: [.http, .signing]
    ) { options, context in
        let source = try ScenarioSource(options[ScenarioSource.argument], context)
        var scenario = try source.read()
        if let seed = options[seed] { scenario.seed = UInt64(seed) }
        if let timeout = options[timeout] { scenario.timeoutSeconds = timeout }
        if options[validate] { return try validated(scenario, options, context) }

        let run = SimulationRun(scenario: scenario, source: source, context: context)
        let stage = try SimulationStage(options, context)
        let (result, signal) = await context.untilStopped {
            try await stage.use(run.scenario) { try await run.run(on: $0) }
        }
        if let signal { return ExitStatus(signal: signal) }
        let report = try result.get()
        context.did("scenario \(run.scenario.name) was run")
        if let file = options[junit] {
            try LocalFile.write(Array(JUnitReport(report).xml.utf8), to: file)
        }
        try SimulationOutput(report: report).show(context, asJSON: options.isJSON)
        if let kept = options[SimulationStage.directory] {
            let name =
                options[GlobalOptions.store] == nil || options[SimulationStage.server] != nil
                ? "qrpay.db" : "sandbox.db"
            try context.note("kept in \(kept): \(name)")
        }
        // A run that timed out may miss expectations for that reason alone.
        if !report.pending.isEmpty, report.violations.isEmpty { return .pending }
        return report.hasHeld ? .done : .negative
    }

    private static func validated(
        _ scenario: ScenarioFile, _ options: ParsedOptions, _ context: Context
    ) throws -> ExitStatus {
        let steps = scenario.expanded.stepCount
        if options.isJSON {
            let json: JSONObject = [
                "scenario": scenario.name, "seed": scenario.seed, "steps": steps, "valid": true,
            ]
            try context.output.write(try JSONText.render(json))
        } else {
            try context.output.write("\(scenario.name): a scenario of \(steps.counted("step"))\n")
        }
        return .done
    }
}

/// One run of a scenario, with its progress shown.
private struct SimulationRun: Sendable {
    let scenario: ScenarioFile
    let source: ScenarioSource
    let context: Context

    func run(on system: SimulatedSystem) async throws -> SimulationReport {
        let refusals = system.refusals(of: scenario)
        guard refusals.isEmpty else { throw Problem(refusals, in: source.name) }
        let simulation = Simulation(
            scenario, on: system, runID: String(context.world.newID().prefix(12)), readFile: source.readFile)
        return try await ProgressLine(context).show {
            let (steps, paid) = simulation.progress
            return "\(scenario.name): \(steps) of \(simulation.total) steps, \(paid.counted("order")) paid"
        } during: {
            try await simulation.run()
        }
    }
}

/// The kinds of steps and their fields, from the table that also checks them.
enum ScenarioReference {
    static let text = StepKind.allCases.map { kind in
        let fields = kind.fields.map { field in
            "    \(field.isRequired ? field.name : "[\(field.name)]"): \(field.summary)"
        }
        let results = kind.results.map { "${id.\($0)}" }.joined(separator: " ")
        return (["  \(kind.rawValue): \(kind.summary)"] + fields + ["    gives \(results)"]).joined(separator: "\n")
    }.joined(separator: "\n")
}
