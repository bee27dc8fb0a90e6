import EncodingKit
package import HTTPKit
import PaymentAPI
import PaymentCore
import PaymentPartners
import PaymentSandbox
package import Payments
import QueueKit
package import SQLKit
import SQLiteEngine
import SigningKit
package import WorldKit

/// A server, its workers and store, and a sandbox of the partners, created for one simulation, on free loopback ports.
package final class OwnSystem: Sendable {
    /// Its location.
    package struct Place: Sendable {
        /// The directory for the stores; must exist.
        package var directory: String
        /// Whether to keep the sandbox's store afterwards.
        package var isKept: Bool
        /// An external sandbox to use instead of its own.
        package var partnersURL: String?

        package init(directory: String, isKept: Bool, partnersURL: String? = nil) {
            self.directory = directory
            self.isKept = isKept
            self.partnersURL = partnersURL
        }
    }

    private static let loopback = SocketAddress(host: "127.0.0.1", port: 0)
    private static let graceSeconds = 2.0

    package let services: Services
    let clock: SimulatedClock
    private let api: API
    private let sandbox: Sandbox?
    private let callbacks: CountedTransport
    private let workers: WorkerPool

    private init(
        services: Services, clock: SimulatedClock, api: API, sandbox: Sandbox?, callbacks: CountedTransport
    ) {
        self.services = services
        self.clock = clock
        self.api = api
        self.sandbox = sandbox
        self.callbacks = callbacks
        workers = WorkerPool(services)
    }

    /// Starts everything a scenario needs, with its restaurants registered and its faults active.
    /// - Parameter database: an empty store to use; nil for a file in the place's directory.
    package static func open(
        _ scenario: ScenarioFile, _ place: Place, database: (any SQLDatabase)? = nil, world: World,
        makeTransport: @Sendable () -> any HTTPTransport
    ) async throws -> SimulatedSystem {
        let clock = SimulatedClock(world.now)
        let ownWorld = clock.world(world)
        let callbacks = CountedTransport(makeTransport())
        var sandbox: Sandbox?
        if place.partnersURL == nil {
            sandbox = try await Sandbox(
                listen: loopback, state: place.isKept ? .file(path: "\(place.directory)/sandbox.db") : .memory,
                settings: SandboxSettings(scenario), world: ownWorld, transport: callbacks)
            try await sandbox?.start()
        }
        let partnersURL = place.partnersURL ?? "http://127.0.0.1:\(sandbox?.port ?? 0)"
        let own =
            if let database {
                database
            } else {
                try await SQLiteDatabase.open(
                    .file(path: "\(place.directory)/qrpay.db"), migrations: Schema.migrations) as any SQLDatabase
            }
        let services = Services(
            store: Store(own),
            partners: Partners(
                at: partnersURL, timeoutSeconds: scenario.system.partnerTimeoutSeconds, transport: makeTransport(),
                now: ownWorld.now),
            world: ownWorld, settings: Settings(scenario.system), deeplinks: signer(ownWorld))
        let gatewayKey = Hex.encode(ownWorld.randomBytes(32))
        let api = API(
            listen: loopback, services: services, options: APIOptions(access: APIAccess(gatewayKeys: [gatewayKey])))
        try api.start()
        var served = api.services
        if scenario.system.hasCallbacks { served.settings.callbackURL = api.callbackURL() }
        let system = OwnSystem(services: served, clock: clock, api: api, sandbox: sandbox, callbacks: callbacks)
        var keys: [String: String] = [:]
        for name in scenario.participants {
            let restaurant = scenario.restaurants[name]
            _ = try await Restaurants(served).add(
                clientID: name, name: restaurant?.name ?? name, zone: nil, cashback: restaurant?.cashback)
            keys[name] = try await RestaurantKeys(served).issue(clientID: name).key
        }
        await system.setWorkers(scenario.system.workers)
        let transport = makeTransport()
        return SimulatedSystem(
            connection: APIConnection(url: "http://127.0.0.1:\(api.port)", transport: transport),
            gatewayKey: gatewayKey, callbackURL: api.callbackURL(), deeplinkBase: served.settings.deeplinkBase,
            transport: transport, world: world, restaurantKeys: keys, services: served,
            sandbox: SandboxControl(partnersURL: partnersURL, transport: transport), own: system)
    }

    private static func signer(_ world: World) -> DeeplinkSigner {
        DeeplinkSigner(
            keys: [DeeplinkKey(kid: "sim", secret: world.randomBytes(32))],
            authenticate: { HMACSHA256.authenticate($0, key: $1) }, equals: { ConstantTime.equals($0, $1) })
    }

    /// The number of undelivered reports of transactions.
    var reportsUnderWay: Int { callbacks.inProgress }

    /// Kills the current workers, and starts others.
    func setWorkers(_ count: Int) async { await workers.set(count) }

    /// Runs tasks that are due now.
    func work(limit: Int) async throws -> [Worker.Attempt] { try await workers.work(limit: limit) }

    func advance(bySeconds seconds: Double) {
        clock.advance(bySeconds: seconds)
        // The workers look for what has become due.
        services.store.tasks.staged.notify()
    }

    /// Stops everything; the store is then complete in its one file.
    package func close() async {
        await workers.set(0)
        await api.stop(graceSeconds: Self.graceSeconds)
        await services.store.close()
        await sandbox?.stop()
    }
}

extension SandboxSettings {
    fileprivate init(_ scenario: ScenarioFile) {
        self.init()
        receiptDelaySeconds = scenario.system.receiptDelaySeconds
        slowCardSeconds = scenario.system.slowCardSeconds
        faults = scenario.faults
    }
}

extension Settings {
    fileprivate init(_ system: SystemSettings) {
        self.init()
        orderTTLSeconds = system.orderTTLSeconds
        holdTimeoutSeconds = system.holdTimeoutSeconds
        for (kind, var policy) in retry {
            policy.periodSeconds = system.retrySeconds
            policy.baseSeconds = system.retrySeconds
            policy.capSeconds = min(policy.capSeconds, system.retrySeconds * 16)
            // Earlier than this a receipt is not available.
            if kind == .receiptFetch { policy.periodSeconds = max(system.retrySeconds, system.receiptDelaySeconds) }
            retry[kind] = policy
        }
    }
}

extension Partners {
    /// The clients of a sandbox.
    fileprivate init(
        at url: String, timeoutSeconds: Double, transport: any HTTPTransport, now: @escaping @Sendable () -> Instant
    ) {
        func endpoint(_ partner: Partner) -> PartnerEndpoint {
            PartnerEndpoint(baseURL: "\(url)/\(partner.rawValue)", timeoutSeconds: timeoutSeconds)
        }
        self.init(
            eda: HTTPEdaClient(endpoint: endpoint(.eda), transport: transport),
            transactions: HTTPTransactionsClient(endpoint: endpoint(.transactions), transport: transport),
            cardstorage: HTTPCardstorageClient(endpoint: endpoint(.cardstorage), transport: transport),
            cashback: HTTPCashbackClient(endpoint: endpoint(.cashback), transport: transport),
            check: HTTPCheckClient(endpoint: endpoint(.check), transport: transport),
            storage: S3Client(
                endpoint: endpoint(.s3), bucket: SandboxCredentials.bucket, region: SandboxCredentials.region,
                credentials: SandboxCredentials.aws, transport: transport, now: now))
    }
}
