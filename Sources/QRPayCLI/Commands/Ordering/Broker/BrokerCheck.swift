import CommandLineKit
import JSONKit
import MessagingKit
import Ordering
import OrderingCore
import Payments

enum BrokerCheck {
    private static let url = Argument("URL", .text, summary: "amqp://USER@HOST:PORT/VHOST")

    static let command = Command(
        CommandSpec(
            path: ["ordering", "broker", "check"], summary: "Try what a RabbitMQ really guarantees",
            discussion: """
                It makes an exchange and a quorum queue of its own, sends and receives a few hundred messages, and \
                removes both: confirms, returns of what reaches no queue, order, redelivery of what was not \
                acknowledged, and the notice to a receiver whose queue is deleted. The queues of services are not \
                touched. A broker only announces that it notifies publishers of low memory; that is not tried. \
                The user needs the permission to make, write to, read and delete queues whose names begin with \
                qrpay-trial-.
                """,
            arguments: [url],
            examples: [
                ExampleSpec(
                    command: "qrpay ordering broker check amqp://shop@broker.example.com:5672/shop",
                    summary: "Check a broker before it is used")
            ],
            exitStatuses: [
                ExitStatusSpec(status: 1, meaning: "A guarantee does not hold, or could not be tried"),
                ExitStatusSpec(status: 5, meaning: "The broker cannot be reached"),
                ExitStatusSpec(status: 7, meaning: "The broker refuses the user"),
            ]), libraries: [.rabbitMQ]
    ) { options, context in
        let configuration = try Configuration(options, environment: context.environment)
        let rabbitMQ = try configuration.broker.rabbitMQ(url: options[url], context)
        // What cannot even be reached is an error, and no finding.
        let probe = RabbitMQBroker(rabbitMQ)
        do { _ = try await probe.capabilities() } catch {
            await probe.close()
            throw error
        }
        await probe.close()
        let findings = await BrokerTrial(rabbitMQ, context.world).run().map(TrialOutput.init)
        try context.show(findings, asJSON: options.isJSON, ifEmpty: "")
        return findings.allSatisfy(\.holds) ? .done : .negative
    }
}

private struct TrialOutput: Listed {
    var finding: BrokerTrial.Finding

    var holds: Bool { finding.flaw == nil && !finding.isUntried }
    private var verdict: String { finding.isUntried ? "untried" : finding.flaw == nil ? "ok" : "failed" }

    var json: JSONObject {
        ["guarantee": finding.guarantee.rawValue, "verdict": verdict, "message": message, "flaw": finding.flaw]
    }

    static let columns = [
        TextTable.Column("VERDICT", isShrinkable: false), TextTable.Column("GUARANTEE", isShrinkable: false),
        TextTable.Column("FOUND", minimumWidth: 32),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell(verdict, effect: holds ? .green : .red), TextTable.Cell(finding.guarantee.rawValue),
            TextTable.Cell(finding.flaw ?? message),
        ]
    }

    private var message: String {
        switch finding.guarantee {
        case .login: "the broker can be reached, and the user may log in"
        case .topology: "an exchange and a quorum queue can be made"
        case .confirms: "each message is confirmed"
        case .returns: "a message that reaches no queue is returned"
        case .refusals: "a message to a missing exchange is refused"
        case .order: "messages arrive in their order"
        case .redelivery: "what is not acknowledged comes back, marked"
        case .acknowledgements: "what is acknowledged does not come back"
        case .cancelNotice: "a receiver is notified when its queue is deleted"
        case .blockedNotice: "publishers are notified of low memory or disk space (announced, not tried)"
        case .removal: "what was made is removed"
        }
    }
}
