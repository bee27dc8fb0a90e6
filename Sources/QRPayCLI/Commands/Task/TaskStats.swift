import CommandLineKit
import PaymentCore
import Payments
import WorldKit

enum TaskStats {
    static let command = Command(
        CommandSpec(
            path: ["task", "stats"], summary: "Show the state of the queue at a glance",
            discussion: """
                Depth and age by kind and state, what fails and why, what is overdue by the alerts of the configuration, \
                how many tasks end, how long receipts take, and whether the queue refused any task.
                """,
            examples: [ExampleSpec(command: "qrpay task stats", summary: "Is anything wrong, and since when?")])
    ) { options, context in
        let configuration = try Configuration(options, environment: context.environment)
        let services = try await Wiring.services(configuration, context)
        let statistics = try await Tasks(services).statistics(limits: configuration.metricsLimits)
        try TaskStatisticsOutput(statistics: statistics, now: context.world.now())
            .show(context, asJSON: options.isJSON)
        return .done
    }
}
