import CommandLineKit
import EncodingKit
import JSONKit
import MessagingKit
import Payments
import QueueKit
import SQLKit
import SQLiteEngine
import Synchronization
import WorldKit

enum EventsConsume {
    private static let drain = Option(flag: "drain", summary: "Stop once no event has arrived for a second")

    static let command = Command(
        CommandSpec(
            path: ["events", "consume"], summary: "Receive payment events and write a notification for each",
            discussion: """
                Takes the events of payments from the broker's queue \(EventNotifications.queueName), which it makes, \
                into an inbox of its own, and writes one notification for each event, however often it arrives. It \
                runs until SIGINT or SIGTERM; when the broker goes away it waits for it. A delivery that is not an \
                event is kept with the reason; 'qrpay events list --refused' shows it.
                """,
            options: EventOptions.all + [drain],
            examples: [
                ExampleSpec(
                    command: "qrpay events consume --broker embedded --drain",
                    summary: "Receive what has been sent, then stop"),
                ExampleSpec(
                    command: "qrpay events consume --broker amqp://qrpay@localhost:5672/",
                    summary: "Receive from RabbitMQ; the password is in QRPAY_BROKER_PASSWORD_FILE"),
            ],
            exitStatuses: [
                ExitStatusSpec(status: 1, meaning: "With --drain, a delivery was refused"),
                ExitStatusSpec(status: 5, meaning: "With --drain, the broker cannot be used"),
            ])
    ) { options, context in
        try await context.withLogQueue { context in
            let configuration = try Configuration(options, environment: context.environment)
            guard let broker = try await EventBroker.configured(configuration, context) else {
                throw EventOptions.noBroker
            }
            let notifications = try await EventOptions.notifications(configuration, context, isMade: true)
            let result: Result<ExitStatus, any Error>
            do {
                result = .success(try await consume(broker.broker, notifications, options, context))
            } catch {
                result = .failure(error)
            }
            await broker.close()
            await notifications.close()
            return try result.get()
        }
    }

    private struct Totals: Sendable {
        var received = 0
        var refused = 0
        var notified = 0
    }

    private static func consume(
        _ broker: any Broker, _ notifications: EventNotifications, _ options: ParsedOptions, _ context: Context
    ) async throws -> ExitStatus {
        let isDrain = options[drain]
        let totals = Mutex(Totals())
        var receiver = notifications.receiver(broker)
        let log = Mutex<String?>(nil)
        receiver.report = { event in
            switch event {
            case .subscribed: log.withLock { $0 = nil }
            case .received(let count, let refused):
                totals.withLock { ($0.received, $0.refused) = ($0.received + count, $0.refused + refused) }
            case .failed(let error):
                let text = Problem(error).message
                // The same failure is reported once.
                let isNew = log.withLock { last in
                    defer { last = text }
                    return last != text
                }
                if isNew { try? context.warn("\(text); trying again") }
            }
        }
        var loop = WorkLoop(Worker(notifications.queue, processes: context.processes))
        loop.report = { attempt in
            if attempt.ending == .done { totals.withLock { $0.notified += 1 } }
        }
        loop.reportFailure = { try? context.warn(Problem($0).message) }
        loop.endsWith = { ($0 as? SQLError)?.code == .replaced }
        let (result, signal) = await context.untilStopped { [loop, receiver] in
            guard isDrain else {
                // Both end with the task, or with the loop's error.
                async let receiving: Void = receiver.run()
                _ = try await loop.run()
                return await receiving
            }
            let (received, refused) = try await receiver.drain(idleSeconds: 1)
            totals.withLock { ($0.received, $0.refused) = (received, refused) }
            _ = try await loop.drain(horizonSeconds: 0)
        }
        try result.get()
        return try show(totals.withLock { $0 }, isDrain: isDrain, signal, options, context)
    }

    private static func show(
        _ totals: Totals, isDrain: Bool, _ signal: Int32?, _ options: ParsedOptions, _ context: Context
    ) throws -> ExitStatus {
        let text =
            "\(totals.received.counted("delivery", "deliveries")) received, \(totals.refused) refused, "
            + "\(totals.notified.counted("event")) handled"
        context.did(text, look: "qrpay events list")
        if options.isJSON {
            let json: JSONObject = [
                "received": totals.received, "refused": totals.refused, "handled": totals.notified,
            ]
            try context.output.write(try JSONText.render(json))
        } else {
            try context.output.write("\(text)\n")
        }
        guard isDrain else { return .done }
        if let signal { return ExitStatus(signal: signal) }
        return totals.refused > 0 ? .negative : .done
    }
}
