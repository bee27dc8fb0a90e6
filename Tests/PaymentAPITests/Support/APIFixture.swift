import EncodingKit
import FoundationEssentials
import HTTPKit
import JSONKit
import PaymentAPI
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import QueueKit
import SQLKit
import SQLiteEngine
import SigningKit
import Synchronization
import TestSupport
import Testing
import WorldKit

/// The API on loopback with a store, a sandbox of all partners and workers of its own. Every response is checked
/// against the OpenAPI document.
final class APIFixture: Sendable {
    struct Setup: Sendable {
        /// Nil for a store in memory.
        var storePath: String?
        var availability = Availability()
        var workers = 2
        var pollSeconds = 0.05
        var limits = API.limits
        var checkPartners: @Sendable () throws -> Void = {}
    }

    static let gatewayKeys = ["gateway-key-that-is-new-0123456789", "gateway-key-that-was-before-012345"]
    static let restaurant = "cafe-42"

    let services: Services
    let sandbox: Sandbox
    let api: API
    let transport: CurlTransport
    /// The key of ``restaurant``.
    let key: String
    let log: Log
    /// Called before every request to cardstorage.
    let gate = Gate()
    private let work: Task<WorkLoop.Summary, any Error>
    private let check: SchemaCheck

    /// Runs `body` with everything started, and stops everything afterwards.
    static func run(_ setup: Setup = Setup(), _ body: (APIFixture) async throws -> Void) async throws {
        let transport = CurlTransport()
        let world = Self.world
        var sandboxSettings = SandboxSettings()
        sandboxSettings.receiptDelaySeconds = 600
        sandboxSettings.slowCardSeconds = 0.2
        let sandbox = try await Sandbox(
            listen: loopback, state: .memory, settings: sandboxSettings, world: world, transport: transport)
        try await sandbox.start()
        let fixture: APIFixture
        do { fixture = try await APIFixture(setup, sandbox, transport, world) } catch {
            await sandbox.stop()
            throw error
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body(fixture)) } catch { result = .failure(error) }
        await fixture.stop()
        await sandbox.stop()
        try result.get()
    }

    private init(_ setup: Setup, _ sandbox: Sandbox, _ transport: CurlTransport, _ world: World) async throws {
        self.sandbox = sandbox
        self.transport = transport
        let location: SQLiteLocation = setup.storePath.map { .file(path: $0) } ?? .memory
        let database = try await SQLiteDatabase.open(location, migrations: Schema.migrations)
        let services = Services(
            store: Store(database), partners: Self.partners(sandbox, transport, gate), world: world,
            settings: Self.settings,
            deeplinks: DeeplinkSigner(
                keys: [DeeplinkKey(kid: "k2", secret: Array(repeating: 7, count: 32))],
                authenticate: { HMACSHA256.authenticate($0, key: $1) }, equals: { ConstantTime.equals($0, $1) }))
        let log = Log()
        var options = APIOptions(access: APIAccess(gatewayKeys: Self.gatewayKeys))
        options.availability = setup.availability
        options.pollSeconds = setup.pollSeconds
        options.limits = setup.limits
        options.checkPartners = setup.checkPartners
        options.version = "0"
        options.log = { log.append($0) }
        api = API(listen: Self.loopback, services: services, options: options)
        try api.start()
        var working = api.services
        working.settings.callbackURL = api.callbackURL()
        self.services = working
        var loop = WorkLoop(Worker(working.queue, processes: Processes(own: "test", isAlive: { _ in true })))
        loop.concurrency = setup.workers
        loop.pollSeconds = 0.05
        work = Task { [loop] in try await loop.run() }
        _ = try await Restaurants(working).add(
            clientID: Self.restaurant, name: "Кафе «Пирог»", zone: "moscow", cashback: try Percent("30"))
        key = try #require(try await RestaurantKeys(working).issue(clientID: Self.restaurant).key)
        self.log = log
        let document = try await transport.send(HTTPRequest(url: "http://127.0.0.1:\(api.port)/openapi.json"))
        check = try SchemaCheck(document: document.body)
    }

    func stop() async {
        work.cancel()
        _ = try? await work.value
        await api.stop(graceSeconds: 5)
    }

    private static let loopback = SocketAddress(host: "127.0.0.1", port: 0)

    /// The real world: timeouts of long polls and polling for another process's changes are tested over HTTP.
    static let world = World.live

    private static var settings: Settings {
        var settings = Settings()
        settings.retry = settings.retry.mapValues { policy in
            var policy = policy
            (policy.periodSeconds, policy.baseSeconds) = (0.05, 0.05)
            return policy
        }
        return settings
    }

    private static func partners(_ sandbox: Sandbox, _ transport: CurlTransport, _ gate: Gate) -> Partners {
        let endpoint = { (partner: Partner) in
            PartnerEndpoint(baseURL: "http://127.0.0.1:\(sandbox.port)/\(partner.rawValue)", timeoutSeconds: 60)
        }
        return Partners(
            eda: HTTPEdaClient(endpoint: endpoint(.eda), transport: transport),
            transactions: HTTPTransactionsClient(endpoint: endpoint(.transactions), transport: transport),
            cardstorage: HTTPCardstorageClient(
                endpoint: endpoint(.cardstorage), transport: GatedTransport(transport: transport, gate: gate)),
            cashback: HTTPCashbackClient(endpoint: endpoint(.cashback), transport: transport),
            check: HTTPCheckClient(endpoint: endpoint(.check), transport: transport),
            storage: S3Client(
                endpoint: endpoint(.s3), bucket: SandboxCredentials.bucket, region: SandboxCredentials.region,
                credentials: SandboxCredentials.aws, transport: transport, now: world.now))
    }

    // MARK: Requests

    /// Sends a request and checks its response against the document.
    @discardableResult
    func send(
        _ method: String, _ target: String, _ headers: [(String, String)] = [], body: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> HTTPResponse {
        let response = try await transport.send(
            HTTPRequest(
                method: method, url: "http://127.0.0.1:\(api.port)\(target)", headers: HTTPHeaders(headers),
                body: Array((body ?? "").utf8), timeoutSeconds: 70))
        let path = String(target.prefix { $0 != "?" })
        let findings = try check.findings(method: method, path: path, response)
        #expect(findings == [], "\(method) \(target): \(response.status)", sourceLocation: sourceLocation)
        return response
    }

    func asRestaurant(_ key: String? = nil) -> [(String, String)] { [("X-API-Key", key ?? self.key)] }

    static func asUser(_ uid: String = "4001") -> [(String, String)] {
        [("X-Gateway-Key", gatewayKeys[0]), ("X-Yandex-UID", uid)]
    }

    /// The captured log.
    final class Log: Sendable {
        private let records = Mutex<[RequestRecord]>([])

        var all: [RequestRecord] { records.withLock { $0 } }

        func append(_ record: RequestRecord) { records.withLock { $0.append(record) } }
    }
}

extension HTTPResponse {
    var json: JSON { (try? JSON(body)) ?? .null }
    var code: String? { json["code"].text }
}
