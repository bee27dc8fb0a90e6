import CommandLineKit
import HTTPKit
import JSONKit
import PaymentAPI
import PaymentCore
import Payments
import WorldKit

enum Serve {
    static let command = Command(
        CommandSpec(
            path: ["serve"], summary: "Serve the HTTP API of iiko-integration and payments-eda, until stopped",
            discussion: """
                Restaurants prove who they are by the key of 'qrpay restaurant key'; the gateway, which names the users, by \
                the key in the gateway's key file. What the API does is described at /openapi.json. Payments and receipts \
                are brought to their end by workers within.

                Every request is a line of JSON on standard error; lines that nothing reads are dropped and counted. \
                /healthz and /metrics are answered from a reserve when all connections are taken. On SIGINT or SIGTERM it accepts nothing more and \
                finishes what runs; on a second one it ends at once.
                """,
            options: [
                Listening.listen(default: defaultAddress), Listening.portFile,
                OptionSpec(
                    name: "workers", value: "N", default: "8",
                    summary: "So many tasks at once; 0 leaves them to 'qrpay work'"),
                OptionSpec(name: "quiet", summary: "Log no requests"),
            ] + ServerConnections.options(default: API.limits.maximumConnections),
            examples: [
                ExampleSpec(command: "qrpay serve", summary: "Serve on \(defaultAddress)"),
                ExampleSpec(
                    command: "qrpay serve --listen 127.0.0.1:0 --port-file port --workers 4",
                    summary: "On any free port, for a script"),
            ]), libraries: [.http, .signing]
    ) { options, context in
        let metrics = Metrics()
        return try await context.withLogQueue(
            report: { #"{"event":"log","dropped":\#($0)}"# }, dropped: { metrics.logLineDropped() }
        ) { try await serve(options, $0, metrics) }
    }

    private static func serve(
        _ options: ParsedOptions, _ context: Context, _ metrics: Metrics
    ) async throws -> ExitStatus {
        let address = try Listening.address(options, default: defaultAddress)
        let workerCount = try options.integer("workers", in: 0...256) ?? 8
        let limits = try ServerConnections.limits(API.limits, options)
        let configuration = try Configuration(options, environment: context.environment)
        var measured = context
        let transport = MeasuredTransport(context.makeTransport(), configuration, metrics, now: context.world.now)
        measured.makeTransport = { transport }
        let services = try await Wiring.services(configuration, measured, missingStore: .made)
        let log = EventLog(context)

        var settings = APIOptions(access: try GatewayKeys.access(configuration, context))
        settings.availability = configuration.availability
        settings.metrics = metrics
        settings.metricsLimits = configuration.metricsLimits
        settings.version = Release.version
        settings.limits = limits
        settings.checkPartners = { try transport.prepare() }
        if !options.isSet("quiet") { settings.log = { log.write($0.json) } }
        // What is opened now, no flood of connections can keep from being opened.
        do { try transport.prepare() } catch let error as HTTPTransportError { throw Problem(preparing: error) }
        let api = API(listen: address, services: services, options: settings)
        try api.start()
        var working = api.services
        working.settings.callbackURL = working.settings.callbackURL ?? api.callbackURL()
        var loop = WorkLoop(working, worker: Worker(working, processes: context.processes))
        loop.concurrency = workerCount
        loop.graceSeconds = graceSeconds
        loop.report = { log.write(.success($0), at: context.world.now()) }
        loop.reportFailure = { log.write(.failure($0), at: context.world.now()) }
        let work = workerCount > 0 ? Task { [loop] in try await loop.run() } : nil
        let announced = Result {
            try Listening.announce(api.port, options, context, what: "iiko-integration and payments-eda")
        }
        if case .success = announced { _ = await context.stopSignal() }
        work?.cancel()
        await api.stop(graceSeconds: graceSeconds)
        _ = try await work?.value
        var storeFailure: (any Error)?
        do { try await services.checkStore() } catch { storeFailure = error }
        await services.store.close()
        try announced.get()
        if let storeFailure { throw storeFailure }
        return .done
    }

    private static let defaultAddress = "127.0.0.1:8780"
    /// What runs when the server is stopped has so long to end.
    private static let graceSeconds = 10.0
}
