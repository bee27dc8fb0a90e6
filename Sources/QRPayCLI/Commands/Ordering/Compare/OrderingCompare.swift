import CommandLineKit
import FoundationEssentials
import MessagingKit
import Ordering
import OrderingCore
import Payments
import SigningKit
import Synchronization
import WorldKit

enum OrderingCompare {
    private static let styles = Option(
        "styles", "STYLES", ValueParser<StyleName>.word.list,
        default: StyleName.allCases.map(\.rawValue).joined(separator: ","),
        summary: "The styles, one after the other, separated by commas")
    private static let users = Option(
        "users", "N", .integer(in: 1...10_000), default: "50", summary: "Customers with accounts")
    private static let orders = Option(
        "orders", "N", .integer(in: 1...1_000_000), default: "300", summary: "Orders of each style")
    private static let rate = Option(
        "rate", "R",
        ValueParser<Double>.number(in: 0...10_000).map { rate in
            guard rate >= 0.1 else { throw InvalidValue("must be 0.1 or more") }
            return rate
        }, default: "100", summary: "Orders a second on average")
    private static let fault = Option(
        "fault", "FAULT", FaultText.parser,
        summary: "What is stopped and started again: \(FaultText.form)")
    private static let seed = Option(
        "seed", "N", .integer(in: 0...Int.max), default: "1",
        summary: "The same seed gives the same customers, times and prices")
    private static let html = Option("html", "FILE", .file, summary: "Write a page with charts as well")

    static let command = Command(
        CommandSpec(
            path: ["ordering", "compare"], summary: "Put the four styles under the same load and compare them",
            discussion: """
                Each style gets fresh stores in a temporary folder, the same customers, and the same orders at the \
                same times, whether or not those before have been answered. All services run in this process, each \
                with its own stores, queue and receiver; a fault stops one of them, or the broker, and starts it \
                again. At the end every invariant is checked across all stores.

                On a RabbitMQ the queues have names of their own and are removed afterwards; the fault 'broker' closes \
                every connection to it.

                Times count from when an order was meant to begin.
                """,
            options: [styles, OrderingOptions.broker, users, orders, rate, fault, seed, html],
            examples: [
                ExampleSpec(command: "qrpay ordering compare", summary: "Compare the styles in some seconds"),
                ExampleSpec(
                    command: "qrpay ordering compare --orders 2000 --fault 'billing down 10s at 5s' --html styles.html",
                    summary: "See what an outage of billing does to each"),
                ExampleSpec(
                    command: "qrpay ordering compare --styles events,hybrid --rate 200 --json",
                    summary: "Compare two styles, for a script"),
            ],
            exitStatuses: [ExitStatusSpec(status: 1, meaning: "An invariant was violated, or work was left undone")]),
        libraries: [.signing, .broker]
    ) { options, context in
        let configuration = try Configuration(options, environment: context.environment)
        let rabbitMQ = try configuration.broker.rabbitMQ(context)
        var output = ComparisonOutput(
            plan: ArrivalPlan(
                users: options[users], orders: options[orders], rate: options[rate], seed: UInt64(options[seed])),
            users: options[users], rate: options[rate], seed: options[seed],
            broker: rabbitMQ.map { "\($0.address)" } ?? BrokerSettings.embedded, fault: options[fault],
            measurements: [])
        let styles = options[styles].unique
        let folder = "\(FileManager.default.temporaryDirectory.path)/qrpay-compare-\(context.world.newID())"
        try LocalFile.makeDirectory(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (plan, fault) = (output.plan, output.fault)
        let (result, signal) = await context.untilStopped {
            let progress = ComparisonProgress(total: plan.arrivals.count)
            return try await ProgressLine(context).show {
                progress.text
            } during: {
                var measurements: [StyleMeasurement] = []
                for style in styles {
                    progress.begin(style)
                    // Only user ids are derived from it; no user logs in.
                    let keys = PasswordKeys(secret: context.world.randomBytes(32))
                    var comparison = StyleComparison(plan, context.world, context.processes, keys, fault: fault)
                    comparison.progress = { progress.answered($0) }
                    measurements.append(
                        try await measure(comparison, style, "\(folder)/\(style.rawValue)", rabbitMQ, context))
                }
                return measurements
            }
        }
        if let signal { return ExitStatus(signal: signal) }
        do {
            output.measurements = try result.get()
        } catch ComparisonError.notPrepared(let reason) {
            throw Problem(.negative, "not_prepared", "the customers could not be set up: \(reason)")
        }
        if options.isJSON {
            try context.output.write(try JSONText.render(output.json))
        } else {
            try output.write(to: context)
        }
        if let path = options[html] {
            try LocalFile.write(Array(ComparisonPage.render(output).utf8), to: path)
        }
        return output.isSound ? .done : .negative
    }
}

extension OrderingCompare {
    private static func measure(
        _ comparison: StyleComparison, _ style: StyleName, _ folder: String, _ options: RabbitMQOptions?,
        _ context: Context
    ) async throws -> StyleMeasurement {
        guard let options else { return try await comparison.measure(style, folder: folder) }
        let prefix = "qrpay-compare-\(context.world.newID())."
        let result: Result<StyleMeasurement, any Error>
        do {
            result = .success(
                try await comparison.measure(style, folder: folder) {
                    PrefixedBroker(RabbitMQBroker(options), prefix: prefix)
                })
        } catch {
            result = .failure(error)
        }
        // Also after a stop signal, which has canceled the caller.
        await Task {
            let broker = RabbitMQBroker(options)
            try? await broker.remove(PrefixedBroker.topology(Style(style).topology, prefix: prefix))
            await broker.close()
        }.value
        return try result.get()
    }
}

/// How far a comparison is.
private final class ComparisonProgress: Sendable {
    private let total: Int
    private let state = Mutex((style: "", answered: 0))

    init(total: Int) { self.total = total }

    func begin(_ style: StyleName) { state.withLock { $0 = (style.rawValue, 0) } }

    func answered(_ count: Int) { state.withLock { $0.answered = max($0.answered, count) } }

    var text: String {
        let (style, answered) = state.withLock { $0 }
        return "\(style): \(answered) of \(total) orders answered"
    }
}
