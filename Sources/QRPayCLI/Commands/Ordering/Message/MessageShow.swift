import CommandLineKit
import JSONKit
import Ordering
import OrderingCore
import Payments
import QueueKit
import WorldKit

enum MessageShow {
    static let command = Command(
        CommandSpec(
            path: ["ordering", "message", "show"], summary: "Show a message with its body and its failed attempts",
            arguments: [MessagePlace.argument], options: [OrderingOptions.stores],
            examples: [
                ExampleSpec(
                    command: "qrpay ordering message show billing/17", summary: "See what it says, and why it failed")
            ])
    ) { options, context in
        let place = options[MessagePlace.argument]
        return try await OperatorStores.using(options, context, services: [place.service]) { stores in
            let details = try await stores.desk.details(place)
            let message = ServiceTask(service: place.service, task: details.task)
            let output = MessageOutput(message, now: context.world.now())
            if options.isJSON {
                var json = output.json
                json["schema_version"] = message.schemaVersion
                json["body"] = message.body
                json["bytes"] = message.bytes
                TaskHistory(details).add(to: &json)
                try context.output.write(try JSONText.render(json))
            } else {
                try context.show(output, asJSON: false)
                if context.terminal.isTerminal { try context.output.write("\n") }
                try TaskHistory(details).show(context)
            }
            return .done
        }
    }
}
