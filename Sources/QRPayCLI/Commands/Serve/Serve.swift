import CommandLineKit
import HTTPKit
import JSONKit
import MessagingKit
import PaymentAPI
import PaymentCore
import Payments
import QueueKit
import WorldKit

enum Serve {
    static let defaultAddress = "127.0.0.1:8780"
    private static let listening = Listening(default: defaultAddress)
    private static let connections = ServerConnections(API.limits)
    private static let workers = Option(
        "workers", "N", .integer(in: 0...256), default: "8",
        summary: "Tasks run concurrently; 0 leaves them to 'qrpay work'")
    private static let quiet = Option(flag: "quiet", summary: "Do not log requests")

    static let command = Command(
        CommandSpec(
            path: ["serve"], summary: "Serve the HTTP API of iiko-integration and payments-eda, until stopped",
            discussion: """
                Restaurants authenticate with the key from 'qrpay restaurant key'; the gateway, which names the users, \
                with the key in the gateway's key file. The API is described at /openapi.json. Payments and receipts \
                are completed by built-in workers. With a broker, the events of payments are sent to it.

                Every request is logged as a line of JSON on standard error; unread lines are dropped and counted. A \
                reserve of connections keeps /healthz and /metrics available. On SIGINT or SIGTERM the server accepts \
                no more requests and finishes those in progress; on a second signal it exits immediately.
                """,
            options: listening.options + [workers, quiet] + connections.options + EventOptions.all,
            examples: [
                ExampleSpec(command: "qrpay serve", summary: "Serve on \(defaultAddress)"),
                ExampleSpec(
                    command: "qrpay serve --listen 127.0.0.1:0 --port-file port --workers 4",
                    summary: "Use any free port, for a script"),
            ]), libraries: [.http, .signing]
    ) { options, context in
        let metrics = Metrics()
        return try await context.withLogQueue(
            report: { JSONValue.members([("event", "log"), ("dropped", .integer($0))]).compact },
            dropped: { metrics.logLineDropped() }
        ) { try await serve(options, $0, metrics) }
    }

    private static func serve(
        _ options: ParsedOptions, _ context: Context, _ metrics: Metrics
    ) async throws -> ExitStatus {
        let limits = try connections.limits(options)
        let configuration = try Configuration(options, environment: context.environment)
        var measured = context
        let transport = MeasuredTransport(context.makeTransport(), configuration, metrics, now: context.world.now)
        measured.makeTransport = { transport }
        let services = try await Wiring.services(
            configuration, measured, missingStore: .made, connections: StoreOpening.connectionsOfServer,
            runsTasks: options[workers] > 0)
        let log = EventLog(context)

        let access = try await StoreKeys(configuration, services.store, context.world).gateway(configuration)
        var settings = apiOptions(configuration, access, metrics)
        settings.limits = limits
        settings.checkPartners = { try transport.prepare() }
        if !options[quiet] { settings.log = { log.write($0.json) } }
        // Opened before serving, so that connections cannot use up the descriptors first.
        do { try transport.prepare() } catch let error as HTTPTransportError { throw Problem(preparing: error) }
        let events = try await EventRelay.configured(configuration, services.store, context)
        let api = API(listen: options[listening.address], services: services, options: settings)
        try api.start()
        let work = startWork(api, concurrency: options[workers], context, log)
        let relaying = events?.start(report: Self.report(context, log))
        let announced = Result {
            try listening.announce(api.port, options, context, what: "iiko-integration and payments-eda listen")
        }
        if case .success = announced { _ = await context.stopSignal() }
        work?.cancel()
        await api.stop(graceSeconds: graceSeconds)
        _ = try await work?.value
        relaying?.cancel()
        await relaying?.value
        await events?.close()
        var storeFailure: (any Error)?
        do { try await services.checkStore() } catch { storeFailure = error }
        await services.store.close()
        try announced.get()
        if let storeFailure { throw storeFailure }
        return .done
    }

    private static func apiOptions(
        _ configuration: Configuration, _ access: APIAccess, _ metrics: Metrics
    ) -> APIOptions {
        var settings = APIOptions(access: access)
        settings.availability = configuration.availability
        settings.metrics = metrics
        settings.metricsLimits = configuration.metricsLimits
        settings.version = Release.version
        return settings
    }

    private static func report(_ context: Context, _ log: EventLog) -> @Sendable (Relay.Pass) async -> Void {
        let passes = EventPassLog()
        return { pass in
            guard let line = passes.line(pass, at: context.world.now()), let json = try? JSONText.line(line.json) else {
                return
            }
            log.write(json.text)
        }
    }

    /// The built-in workers, running until canceled; nil for none.
    private static func startWork(
        _ api: API, concurrency: Int, _ context: Context, _ log: EventLog
    ) -> Task<WorkLoop.Summary, any Error>? {
        guard concurrency > 0 else { return nil }
        var services = api.services
        services.settings.callbackURL = services.settings.callbackURL ?? api.callbackURL()
        var loop = WorkLoop(Worker(services.queue, processes: context.processes))
        loop.concurrency = concurrency
        loop.graceSeconds = graceSeconds
        loop.report = { log.write(.success($0), at: context.world.now()) }
        loop.reportFailure = { log.write(.failure($0), at: context.world.now()) }
        return Task { [loop] in try await loop.run() }
    }

    /// How long requests in progress may take after a stop signal.
    private static let graceSeconds = 10.0
}
