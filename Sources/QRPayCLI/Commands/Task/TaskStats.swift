import CommandLineKit
import PaymentCore
import Payments
import WorldKit

enum TaskStats {
    static let command = Command(
        CommandSpec(
            path: ["task", "stats"], summary: "Summarize the state of the queue",
            discussion: """
                Depth and age by kind and state, failures and their causes, tasks over the configured alert limits, \
                throughput, how long receipts take, and whether the queue refused any task.
                """,
            examples: [ExampleSpec(command: "qrpay task stats", summary: "Check the health of the queue")])
    ) { options, context in
        let configuration = try Configuration(options, environment: context.environment)
        let services = try await Wiring.services(configuration, context)
        let statistics = try await services.statistics(limits: configuration.metricsLimits)
        try TaskStatisticsOutput(statistics: statistics, now: context.world.now())
            .show(context, asJSON: options.isJSON)
        return .done
    }
}
