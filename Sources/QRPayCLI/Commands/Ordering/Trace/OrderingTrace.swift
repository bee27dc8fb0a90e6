import CommandLineKit
import Ordering
import OrderingCore
import Payments

enum OrderingTrace {
    private enum Diagram: String, CaseIterable { case seed }

    private static let order = Argument(
        "ORDER", ValueParser.text("the id of an order, a user or a request", where: NameRule.isIdentifier),
        summary: "The order's id; or a user's, for the registration; or a request's")
    private static let mermaid = Option(flag: "mermaid", summary: "Print a Mermaid sequence diagram")
    private static let against = Option(
        "against", "DIAGRAM", ValueParser<Diagram>.word,
        summary: "Compare it with the published diagram of its style: what follows from what")

    static let command = Command(
        CommandSpec(
            path: ["ordering", "trace"], summary: "Show the way of an order through the services",
            discussion: """
                Reads what each service has sent, received, answered and done from the stores, whichever processes and \
                broker it went through. Every arrow follows from the one that its causation id names; times are those \
                of the transactions.
                """,
            arguments: [order], options: [OrderingOptions.stores, mermaid, against],
            examples: [
                ExampleSpec(
                    command: "qrpay ordering trace 5b1f0a7c2e9d4836a1c0b3d2e4f56789",
                    summary: "See the lanes and arrows of an order"),
                ExampleSpec(
                    command: "qrpay ordering trace 5b1f0a7c2e9d4836a1c0b3d2e4f56789 --against seed",
                    summary: "Check it against the published diagram"),
                ExampleSpec(
                    command: "qrpay ordering trace 5b1f0a7c2e9d4836a1c0b3d2e4f56789 --mermaid > order.mmd",
                    summary: "Draw it"),
            ],
            exitStatuses: [ExitStatusSpec(status: 1, meaning: "It is not as drawn")])
    ) { options, context in
        try await OperatorStores.using(options, context, needed: .gateway) { stores in
            let trace = try await read(options[order], stores)
            var comparison: DiagramComparison?
            if options[against] != nil {
                guard let diagram = SequenceDiagram.published(trace.run.style, trace.run.request) else {
                    throw Problem(.invalid, "not_drawn", "a \(trace.run.request.rawValue) is not drawn in any diagram")
                }
                comparison = DiagramComparison(trace.run, with: diagram)
            }
            let output = TraceOutput(trace: trace, comparison: comparison)
            if options.isJSON {
                try context.output.write(try JSONText.render(output.json))
            } else if options[mermaid] {
                try context.output.write(TerminalText(lines: SequenceMermaid.render(trace.run)))
                for line in comparison.map(TraceOutput.verdict) ?? [] { try context.output.write("%% \(line)\n") }
            } else {
                try output.write(to: context)
            }
            return output.isAsDrawn ? .done : .negative
        }
    }

    private static func read(_ id: String, _ stores: OperatorStores) async throws -> OrderTrace {
        guard let trace = try await OrderTrace.read(id, from: stores.databases, style: stores.style.name) else {
            throw Problem(.notFound, "order_not_found", "order \(id) not found in \(stores.place.shown)")
        }
        return trace
    }
}
