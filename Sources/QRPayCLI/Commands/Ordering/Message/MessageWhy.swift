import CommandLineKit
import EncodingKit
import JSONKit
import MessagingKit
import Ordering
import OrderingCore
import Payments
import QueueKit
import WorldKit

enum MessageWhy {
    static let command = Command(
        CommandSpec(
            path: ["ordering", "message", "why"], summary: "Explain a message's state, and what would help",
            arguments: [MessagePlace.argument], options: [OrderingOptions.stores],
            examples: [
                ExampleSpec(
                    command: "qrpay ordering message why billing/17", summary: "Check whether it is safe to requeue")
            ])
    ) { options, context in
        let place = options[MessagePlace.argument]
        return try await OperatorStores.using(options, context, services: [place.service]) { stores in
            let situation = try await stores.desk.situation(of: place, isAlive: context.processes.isAlive)
            let message = ServiceTask(service: place.service, task: situation.task)
            let explanation = TaskExplanation(situation, .messages(of: place.service))
            let helps = explanation.helps + Self.helps(message, followers: try await stores.desk.followers(of: message))
            if options.isJSON {
                var json = MessageOutput(message, now: context.world.now()).json
                json["why"] = explanation.why
                json["helps"] = helps
                json["safe_to_requeue"] = explanation.isSafeToRequeue
                json["safety"] = explanation.safety
                try context.output.write(try JSONText.render(json))
            } else {
                let name = message.type.map { " (\($0))" } ?? ""
                let lines =
                    ["message \(place)\(name): \(explanation.why)"] + helps.map { "what would help: \($0)" }
                    + ["safe to requeue: \(explanation.safety)"]
                try context.output.write(lines.map { "\($0)\n" }.joined())
            }
            return .done
        }
    }

    /// What is particular to messages.
    private static func helps(_ message: ServiceTask, followers: Int) -> [String] {
        guard message.task.state == .stuck else {
            return message.task.errorMessage == "account_missing"
                ? [
                    "it is tried again until the account is there; without one, the order fails after ten minutes"
                ]
                : []
        }
        var helps: [String] = []
        if let advice = advice(message.task.errorClass ?? "") { helps.append(advice) }
        if followers > 0 {
            helps.append(
                "\(followers.counted("message")) of its key \(followers == 1 ? "waits" : "wait") behind it: "
                    + "'qrpay ordering message skip \(message.place)' lets them pass, without its effect")
        } else if message.kind != .refused {
            helps.append("to give it up: qrpay ordering message skip \(message.place)")
        }
        return helps
    }

    private static func advice(_ errorClass: String) -> String? {
        switch errorClass {
        case "unknown_type", "unknown_schema_version", "not_in_style", "message_refused":
            "if a newer release or another style sends it: update or change this service, then requeue it"
        case "malformed_body", "body_too_large":
            "its sender is at fault: correct the sender, let it send the message again, and skip this one"
        case "order_ended_differently":
            "it contradicts what is recorded: compare the payment at billing with the order before it is skipped"
        case "order_not_found": "the order it is about is not here: if it is on its way, requeue it later"
        default: nil
        }
    }
}

extension TaskCommands {
    /// For the messages of a service of the ordering system.
    static func messages(of service: ServiceName) -> TaskCommands {
        @Sendable func place(_ id: Int64) -> String { "\(TaskPlace(service: service, taskID: id))" }
        return TaskCommands(
            name: { "message \(place($0))" }, why: { "qrpay ordering message why \(place($0))" },
            requeue: { "qrpay ordering message requeue \(place($0))" }, work: "qrpay ordering serve",
            countsAttempts: false)
    }
}
