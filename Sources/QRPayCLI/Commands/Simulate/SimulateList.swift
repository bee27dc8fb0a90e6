import CommandLineKit
import JSONKit
import Payments
import Simulator

enum SimulateList {
    static let command = Command(
        CommandSpec(
            path: ["simulate", "list"], summary: "List the built-in scenarios",
            examples: [ExampleSpec(command: "qrpay simulate list", summary: "List the built-in scenarios")])
    ) { options, context in
        let scenarios = try BuiltInScenario.all.map { BuiltInOutput(scenario: try ScenarioFile(json: $0.json)) }
        try context.show(scenarios, asJSON: options.isJSON, ifEmpty: "")
        return .done
    }
}

enum SimulateShow {
    /// Other names are not found.
    private static let name = Argument(
        "NAME", ValueParser(completion: .values(BuiltInScenario.all.map(\.name))) { $0 },
        summary: "A scenario from 'qrpay simulate list'")

    static let command = Command(
        CommandSpec(
            path: ["simulate", "show"], summary: "Print a built-in scenario's file",
            arguments: [name],
            examples: [
                ExampleSpec(
                    command: "qrpay simulate show two-guests > mine.json", summary: "Start your own scenario")
            ])
    ) { options, context in
        let name = options[name]
        guard let scenario = BuiltInScenario.named(name) else {
            throw Problem(
                .notFound, "scenario_not_found", "scenario \(name) not found",
                hint: "the scenarios are " + BuiltInScenario.all.map(\.name).joined(separator: ", "))
        }
        try context.output.write(bytes: scenario.json)
        return .done
    }
}

private struct BuiltInOutput: Listed {
    var scenario: ScenarioFile

    var json: JSONObject {
        [
            "name": scenario.name, "summary": scenario.summary, "steps": scenario.expanded.stepCount,
            "seed": scenario.seed,
        ]
    }

    static let columns = [
        TextTable.Column("NAME", isShrinkable: false), TextTable.Column("STEPS", alignment: .right),
        TextTable.Column("SUMMARY", isShrinkable: false),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell(scenario.name), TextTable.Cell("\(scenario.expanded.stepCount)"),
            TextTable.Cell(scenario.summary),
        ]
    }
}
