import CommandLineKit
import Explorer
import JSONKit
import Payments
import Simulator

enum SimulateList {
    static let command = Command(
        CommandSpec(
            path: ["simulate", "list"], summary: "List the scenarios that come with the program",
            examples: [ExampleSpec(command: "qrpay simulate list", summary: "See what can be simulated")])
    ) { options, context in
        let scenarios = try BuiltInScenario.all.map { BuiltInOutput(scenario: try ScenarioFile(json: $0.json)) }
        try context.show(scenarios, asJSON: options.isJSON, ifEmpty: "")
        return .done
    }
}

enum SimulateShow {
    static let command = Command(
        CommandSpec(
            path: ["simulate", "show"], summary: "Print a scenario that comes with the program, as its file",
            arguments: [
                ArgumentSpec(
                    name: "NAME", completion: .values(BuiltInScenario.all.map(\.name)),
                    summary: "A scenario of 'qrpay simulate list'")
            ],
            examples: [
                ExampleSpec(
                    command: "qrpay simulate show two-guests > mine.json", summary: "Begin a scenario of one's own")
            ])
    ) { options, context in
        let name = try options.required("NAME")
        guard let scenario = BuiltInScenario.named(name) else {
            throw Problem(
                .notFound, "scenario_not_found", "\(name): there is no such scenario",
                hint: "there are " + BuiltInScenario.all.map(\.name).joined(separator: ", "))
        }
        try context.output.write(bytes: scenario.json)
        return .done
    }
}

private struct BuiltInOutput: Listed {
    var scenario: ScenarioFile

    var json: JSONObject {
        [
            "name": scenario.name, "summary": scenario.summary, "steps": scenario.spelledOut.stepCount,
            "seed": scenario.seed,
        ]
    }

    static let columns = [
        TextTable.Column("NAME", isShrinkable: false), TextTable.Column("STEPS", alignment: .right),
        TextTable.Column("SUMMARY", isShrinkable: false),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell(scenario.name), TextTable.Cell("\(scenario.spelledOut.stepCount)"),
            TextTable.Cell(scenario.summary),
        ]
    }
}
