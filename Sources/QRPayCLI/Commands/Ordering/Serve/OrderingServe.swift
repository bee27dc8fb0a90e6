import CommandLineKit
import HTTPKit
import JSONKit
import MessagingKit
import Ordering
import OrderingAPI
import OrderingCore
import Payments
import WorldKit

enum OrderingServe {
    private static let listening = Listening(default: OrderingOptions.defaultAddress)
    private static let connections = ServerConnections(OrderingServer.limits)
    private static let only = Option(
        repeated: "only", "SERVICE", ValueParser<ServiceName>.word,
        summary: "Run this service only; the others run in processes of their own")
    private static let serviceListening = Option(
        "service-listen", "ADDR:PORT",
        ValueParser { text in
            guard let address = SocketAddress(text) else {
                throw InvalidValue("must be an address and a port, such as 127.0.0.1:0")
            }
            return address
        }, default: "127.0.0.1:0",
        summary: "With --only: where the other services reach these; port 0 is any free port")
    private static let answerWithin = Option(
        "answer-within", "TIME", .seconds(in: 0.1...60), default: "5s",
        summary: "How long a request waits for its outcome")
    private static let quiet = Option(flag: "quiet", summary: "Do not log requests")

    static let command = Command(
        CommandSpec(
            path: ["ordering", "serve"], summary: "Serve the ordering system over HTTP, until stopped",
            discussion: """
                Without --only all services run in this process. With it each process runs some of them, on the same \
                folder of stores and the same broker: they find each other by the files SERVICE.address in that \
                folder, or by the settings ordering.services.SERVICE, and authenticate with a key that the \
                installation's secret gives. Installations must not share a virtual host of a broker: their queues \
                have the same names, so each would take the other's messages. Only the process of the gateway \
                serves clients; its API is described at \
                /openapi.json.

                Every request is logged as a line of JSON on standard error; what belongs to one request of a client \
                has one correlation_id in all processes. A reserve of connections keeps /healthz and /metrics \
                available. On SIGINT or SIGTERM the server finishes the requests in progress, ends event streams, \
                receives no more messages, finishes what it handles and sends what is to be sent; on a second signal \
                it exits immediately.
                """,
            options: listening.options + OrderingOptions.local + [only, serviceListening, answerWithin, quiet]
                + connections.options,
            rules: [.needs(only, [serviceListening])],
            examples: [
                ExampleSpec(command: "qrpay ordering serve", summary: "Serve all services on the default address"),
                ExampleSpec(
                    command: "qrpay ordering serve --style events --broker amqp://guest@127.0.0.1:5672",
                    summary: "Use RabbitMQ, and another style"),
                ExampleSpec(
                    command: "qrpay ordering serve --only billing --broker amqp://guest@127.0.0.1:5672",
                    summary: "Run one of the services, beside processes for the others"),
            ]), libraries: [.http, .signing, .broker]
    ) { options, context in
        let metrics = OrderingMetrics()
        return try await context.withLogQueue(
            report: { JSONValue.members([("event", "log"), ("dropped", .integer($0))]).compact },
            dropped: { metrics.count(.droppedLogLines, "requests") }
        ) { try await serve(options, $0, metrics) }
    }

    private static func serve(
        _ options: ParsedOptions, _ context: Context, _ metrics: OrderingMetrics
    ) async throws -> ExitStatus {
        let limits = try connections.limits(options)
        let configuration = try Configuration(options, environment: context.environment)
        let installation = try OrderingInstallation(configuration, context)
        let services = options[only].isEmpty ? Set(ServiceName.allCases) : Set(options[only])
        let log = OrderingLog(context, metrics, hasRequests: !options[quiet])
        let addresses = ServiceAddresses(place: installation.place, given: configuration.ordering.services)
        let key = ServiceKey.derive(from: try await installation.secret(context.world))
        let transport = context.makeTransport()
        // Opened before serving, so that connections cannot use up the descriptors first.
        do { try transport.prepare() } catch let error as HTTPTransportError { throw Problem(preparing: error) }

        var settings = OrderingRuntime.Options()
        settings.answerSeconds = options[answerWithin]
        settings.report = { log.event($0) }
        let remote = HTTPServiceTransport(
            transport, key: key, timeoutSeconds: settings.answerSeconds + 5, address: { addresses.url(of: $0) },
            report: { log.unreachable($0, $1) })
        return try await installation.withRuntime(
            context, services: services, remote: services.count == ServiceName.allCases.count ? nil : remote,
            options: settings
        ) { runtime in
            var serving = OrderingServerOptions()
            serving.limits = limits
            serving.metrics = metrics
            serving.log = { log.request($0) }
            serving.version = Release.version
            serving.check = { for node in runtime.services.nodes { _ = try await node.figures() } }
            serving.storeMetrics = { try await OrderingFigures.write(runtime, to: &$0) }
            let process = ServingProcess(
                options: options, context: context, runtime: runtime, services: services, addresses: addresses)
            return try await process.run(
                clients: services.contains(.gateway)
                    ? OrderingServer(
                        listen: options[listening.address], gateway: runtime.gateway, commits: runtime.commits,
                        world: context.world, options: serving) : nil,
                others: services.count < ServiceName.allCases.count
                    ? ServiceServer(
                        listen: options[serviceListening], services: services, key: key, world: context.world,
                        options: serving, answer: { try await runtime.answer($0) }) : nil,
                serviceHost: options[serviceListening].host,
                announce: { try listening.announce($0, options, context, what: $1) })
        }
    }
}

/// One process from its start to its stop.
private struct ServingProcess {
    var options: ParsedOptions
    var context: Context
    var runtime: OrderingRuntime
    var services: Set<ServiceName>
    var addresses: ServiceAddresses

    /// How long requests in progress may take after a stop signal.
    private static let graceSeconds = 10.0

    /// How long to wait for the broker before announcing the address without it.
    private static let startSeconds = 2.0

    /// - Parameters:
    ///   - clients: serves the public API; nil where the gateway does not run.
    ///   - others: serves the other processes; nil where there are none.
    func run(
        clients: OrderingServer?, others: ServiceServer?, serviceHost: String,
        announce: (UInt16, String) throws -> Void
    ) async throws -> ExitStatus {
        try others?.start()
        try clients?.start()
        let (starts, start) = AsyncStream.makeStream(of: Bool.self)
        let work = Task { [runtime] in
            defer { start.yield(false) }
            try await runtime.run { start.yield(true) }
        }
        // If the broker refuses this installation, exit before announcing the address; an unreachable broker may
        // recover.
        let patience = Task { [context] in
            try await context.world.sleep(Self.startSeconds)
            start.yield(true)
        }
        let isStarted = await starts.first { _ in true } ?? false
        patience.cancel()
        let url = others.map { "http://\(SocketAddress(host: serviceHost, port: $0.port))" }
        let announced = Result {
            guard isStarted else { return }
            if let url { try addresses.write(url, for: services) }
            let names = ServiceName.allCases.filter(services.contains).map(\.rawValue).joined(separator: ", ")
            if let clients {
                try announce(clients.port, "the ordering system (\(names)) listens")
            } else if let others {
                try announce(
                    others.port, services.count == 1 ? "the service \(names) listens" : "the services \(names) listen")
            }
        }
        if case .success = announced { await untilStopped(or: work) }
        if let url { addresses.remove(url, for: services) }
        await clients?.stop(graceSeconds: Self.graceSeconds)
        await others?.stop(graceSeconds: Self.graceSeconds)
        work.cancel()
        let result = await work.result
        try announced.get()
        try result.get()
        return .done
    }

    /// Returns on a stop signal, or when the services cannot go on.
    private func untilStopped(or work: Task<Void, any Error>) async {
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        let signal = Task { [context] in
            _ = await context.stopSignal()
            end.yield()
        }
        let failure = Task {
            _ = await work.result
            end.yield()
        }
        for await _ in ends { break }
        signal.cancel()
        failure.cancel()
    }
}
