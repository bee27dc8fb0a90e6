import CommandLineKit
import JSONKit
import MessagingKit
import Ordering
import OrderingCore
import Payments

enum TopologyApply {
    static let command = Command(
        CommandSpec(
            path: ["ordering", "topology", "apply"], summary: "Make the exchange and the queues that the services need",
            discussion: """
                What exists stays as it is. 'qrpay ordering serve' does the same when it starts, so that this is for \
                brokers whose service user may not make queues. After a quorum queue was made it waits two seconds: a \
                RabbitMQ that crashes before would lose what is in it.
                """,
            options: OrderingOptions.local,
            examples: [
                ExampleSpec(
                    command: "qrpay ordering topology apply --broker amqp://admin@127.0.0.1:5672/",
                    summary: "Prepare a RabbitMQ")
            ],
            exitStatuses: [
                ExitStatusSpec(status: 4, meaning: "Something exists with other properties"),
                ExitStatusSpec(status: 5, meaning: "The broker cannot be used"),
            ]), libraries: [.broker]
    ) { options, context in
        let installation = try OrderingInstallation(options, context)
        let style = try await installation.style()
        let topology = style.topology
        let differences = try await installation.withBroker(context) { try await $0.apply(topology) }
        if differences.isEmpty { context.did("the topology is there", look: "qrpay ordering topology show") }
        try context.show(
            TopologyOutput.rows(topology, differences, depths: [:]), asJSON: options.isJSON,
            ifEmpty: "style \(style.name.rawValue) needs no broker")
        guard let first = differences.first else { return .done }
        throw Problem(
            .conflict, "broker_differs", first.words,
            hint: "it is not changed: move its messages away, delete it, and apply the topology again")
    }
}

enum TopologyShow {
    static let command = Command(
        CommandSpec(
            path: ["ordering", "topology", "show"],
            summary: "Show the exchange and the queues of a style, and how they are at the broker",
            options: OrderingOptions.local,
            examples: [
                ExampleSpec(command: "qrpay ordering topology show --style events", summary: "What events needs")
            ],
            exitStatuses: [
                ExitStatusSpec(status: 1, meaning: "Something is missing or differs"),
                ExitStatusSpec(status: 5, meaning: "The broker cannot be used"),
            ]), libraries: [.broker]
    ) { options, context in
        let installation = try OrderingInstallation(options, context)
        let style = try await installation.style()
        let topology = style.topology
        let rows = try await installation.withBroker(context) { broker in
            let differences = try await broker.differences(from: topology)
            let depths = try await broker.depths(of: topology.queues.map(\.name))
            return TopologyOutput.rows(topology, differences, depths: depths)
        }
        try context.show(rows, asJSON: options.isJSON, ifEmpty: "style \(style.name.rawValue) needs no broker")
        return rows.allSatisfy { $0.flaw == nil } ? .done : .negative
    }
}

/// An exchange or a queue of a topology.
struct TopologyOutput: Listed {
    var kind: String
    var name: String
    var types: [String]
    /// What is missing or differs.
    var flaw: String?
    /// How many messages wait; nil where that is not known.
    var depth: Int?

    static func rows(
        _ topology: Topology, _ differences: [TopologyDifference], depths: [String: Int]
    ) -> [TopologyOutput] {
        guard !topology.queues.isEmpty else { return [] }
        func flaw(_ name: String) -> String? { differences.first { $0.name == name }?.words }
        let exchange = TopologyOutput(
            kind: "exchange", name: topology.exchange, types: [],
            flaw: differences.first { $0.name == topology.exchange }?.words)
        return [exchange]
            + topology.queues.map {
                TopologyOutput(
                    kind: "queue", name: $0.name, types: $0.types, flaw: flaw($0.name), depth: depths[$0.name])
            }
    }

    var json: JSONObject {
        ["kind": kind, "name": name, "types": types, "messages": depth, "flaw": flaw]
    }

    static let columns = [
        TextTable.Column("KIND", isShrinkable: false), TextTable.Column("NAME", isShrinkable: false),
        TextTable.Column("MESSAGES", alignment: .right), TextTable.Column("STATE", isShrinkable: false),
        TextTable.Column("TYPES", minimumWidth: 24),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell(kind), TextTable.Cell(name), TextTable.Cell(depth.map { "\($0)" } ?? "-"),
            TextTable.Cell(flaw ?? "ok", effect: flaw == nil ? .green : .red),
            TextTable.Cell(types.isEmpty ? "-" : types.joined(separator: ", ")),
        ]
    }
}
