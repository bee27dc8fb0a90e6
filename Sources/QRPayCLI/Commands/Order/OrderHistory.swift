import CommandLineKit
import Payments

enum OrderHistory {
    static let command = Command(
        CommandSpec(
            path: ["order", "history"], summary: "Show an order's history from its journal",
            arguments: [OrderReference.argument],
            examples: [
                ExampleSpec(
                    command: "qrpay order history 7f3c9a2e41d84b6f9d0c5e1a2b3c4d5e",
                    summary: "Who did what, when, and why")
            ])
    ) { options, context in
        let services = try await Wiring.services(options, context)
        let entries = try await Orders(services).history(try options[OrderReference.argument].orderID(services))
        try context.show(entries.map(JournalOutput.init), asJSON: options.isJSON, ifEmpty: "no history")
        return .done
    }
}
