import CommandLineKit
import FoundationEssentials
import JSONKit
import MessagingKit
import Ordering
import OrderingCore
import Payments
import QueueKit
import SQLKit
import WorldKit

enum OrderingDemo {
    private static let directory = Option(
        "dir", "DIR", .directory,
        summary: "Keep the stores in this directory, one folder for each style; without it they are removed")

    private static let stores = Option(
        "stores", "STORES", .file, summary: "Keep the stores in this database, \(StorePlace.form), a schema each")

    /// Only the command line counts, so that a leftover environment variable never points the demo at real stores.
    private static func server(_ options: ParsedOptions, _ context: Context) throws -> OrderingDemoServer? {
        guard let text = options[stores] else { return nil }
        let place = try StoreToolbox.place(text, option: stores.label)
        guard case .server = place else {
            throw Problem(.invalid, "usage", "\(stores.label) must be \(StorePlace.form)", hint: "--dir names a folder")
        }
        return OrderingDemoServer(
            store: place, configuration: try Configuration(options, environment: context.environment))
    }

    static let command = Command(
        CommandSpec(
            path: ["ordering", "demo"], summary: "Run one order system in four styles, with every step checked",
            discussion: """
                Each style gets fresh stores and runs all its services over the embedded broker: registration, \
                deposit, an order that succeeds, one that fails for lack of money, the same again under its key, a \
                redelivered message, and a process that ends between an effect and its acknowledgement. The services \
                are those of 'qrpay ordering serve'; the process that ends is one within this one, cut off from its \
                store and the broker the moment its transaction is durable.
                """,
            options: [directory, stores],
            examples: [
                ExampleSpec(command: "qrpay ordering demo", summary: "See all four styles"),
                ExampleSpec(
                    command: "qrpay ordering demo --dir /tmp/styles",
                    summary: "Keep the stores, for example for 'ordering trace'"),
            ],
            exitStatuses: [ExitStatusSpec(status: 1, meaning: "A step had an unexpected result")]),
        libraries: [.signing]
    ) { options, context in
        let kept = options[directory]
        let directory =
            kept ?? "\(FileManager.default.temporaryDirectory.path)/qrpay-ordering-demo-\(context.world.newID())"
        try LocalFile.makeDirectory(directory)
        defer { if kept == nil { try? FileManager.default.removeItem(atPath: directory) } }
        for style in StyleName.allCases where FileManager.default.fileExists(atPath: "\(directory)/\(style.rawValue)") {
            throw Problem(
                .invalid, "directory_in_use", "\(directory): \(style.rawValue) already exists",
                hint: "name an empty directory, or remove that folder")
        }
        let server = try server(options, context)
        let story = Story(context, isSilent: options.isJSON)
        let (result, signal) = await context.untilStopped {
            var results: [OrderingDemoResult] = []
            for (number, style) in StyleName.allCases.enumerated() {
                let folder = "\(directory)/\(style.rawValue)"
                let place = if let server { try await server.place(of: style) } else { OrderingPlace.folder(folder) }
                results.append(
                    try await OrderingDemoStage.run(style, number: number + 1, folder, place, story, context))
            }
            return results
        }
        if let signal { return ExitStatus(signal: signal) }
        let results = try result.get()
        if options.isJSON {
            try context.output.write(
                try JSONText.render(["ok": true, "styles": results.map(\.json)] as JSONObject))
        } else {
            try context.output.write("\n")
            try context.output.write(OrderingDemoResult.table(results).render(.init(context.terminal)))
            if let kept {
                try context.output.write("\nKept in \(kept); see 'qrpay ordering trace ORDER --stores DIR'\n")
            }
        }
        return .done
    }
}

/// A database in which each style of the demo has its own schemas, such as `demo_events_billing`.
private struct OrderingDemoServer: Sendable {
    let store: StorePlace
    let configuration: Configuration

    func place(of style: StyleName) async throws -> OrderingPlace {
        let schemas = ServerSchemas(name: store.shown, prefix: "demo_\(style.rawValue)_") { schema, migrations in
            try await OrderingPlace.open(store, configuration, schema, migrations, migrates: true)
        }
        let gateway = try await schemas.open("\(schemas.prefix)gateway", ServiceName.gateway.migrations)
        let isUsed = try await gateway.read { try !$0.query("SELECT 1 AS found FROM requests LIMIT 1").isEmpty }
        await gateway.close()
        guard !isUsed else {
            throw Problem(
                .conflict, "store_not_empty", "\(store.shown): schema \(schemas.prefix)gateway is not empty",
                hint: "name another database, or drop the schemas that begin with demo_")
        }
        return .server(schemas)
    }
}

/// The services of one style at work, for the demo.
struct OrderingDemoStage: Sendable {
    let stores: OrderingStores
    let fleet: ServiceFleet
    let broker: RestartableBroker
    let world: World

    /// How long an answer, or rest, is waited for.
    private static let waitSeconds = 120.0

    static func run(
        _ style: StyleName, number: Int, _ folder: String, _ place: OrderingPlace,
        _ story: Story, _ context: Context
    ) async throws -> OrderingDemoResult {
        let world = context.world
        let secret = try OrderingSecret.load(folder: folder, world)
        let stores = try await OrderingStores.open(at: place, style: style)
        let names = ProcessNames(context.processes)
        let broker = RestartableBroker { embeddedBroker(stores, world, names.own) }
        var options = OrderingRuntime.Options()
        options.pollSeconds = 0.05
        // A slow machine is not what is shown here.
        options.answerSeconds = waitSeconds
        let fleet = ServiceFleet(
            stores.style, databases: stores.databases, broker: broker, world: world, names: names,
            keys: PasswordKeys(secret: secret), options: options)
        let stage = OrderingDemoStage(stores: stores, fleet: fleet, broker: broker, world: world)
        fleet.start()
        let result: Result<OrderingDemoResult, any Error>
        do {
            result = .success(try await OrderingDemoRun(stage, story, number: number).run())
        } catch {
            result = .failure(error)
        }
        await fleet.stop()
        await broker.stop()
        await stores.close()
        return try result.get()
    }

    static func embeddedBroker(_ stores: OrderingStores, _ world: World, _ processes: Processes) -> any Broker {
        guard let database = stores.broker else { preconditionFailure("the stores have no broker") }
        return EmbeddedBroker(database, world, processes)
    }

    /// Waits until everything has come to rest.
    func rest() async throws {
        guard try await stores.rest(broker, world, seconds: Self.waitSeconds) else {
            throw Problem(.negative, "demo_failed", "the services have not come to rest in time")
        }
    }

    func snapshot() async throws -> OrderingSnapshot {
        try await OrderingSnapshot(of: stores.databases, style: stores.style.name)
    }

    func trace(_ id: String) async throws -> OrderTrace? {
        try await OrderTrace.read(id, from: stores.databases, style: stores.style.name)
    }
}
