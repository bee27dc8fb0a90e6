import CommandLineKit
import PaymentAPI
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import QueueKit
import SQLKit
import SQLiteEngine
import SigningKit
import WorldKit

/// Assembles the live services.
enum Wiring {
    /// Services for the store and partners given by the options.
    static func services(
        _ options: ParsedOptions, _ context: Context, missingStore: StoreOpening.Missing = .empty
    ) async throws -> Services {
        try await services(
            Configuration(options, environment: context.environment), context, missingStore: missingStore)
    }

    /// - Parameters:
    ///   - connections: the maximum number of connections to a server.
    ///   - runsTasks: whether this host's clock must be close to the store's.
    static func services(
        _ configuration: Configuration, _ context: Context, missingStore: StoreOpening.Missing = .empty,
        connections: Int = 1, runsTasks: Bool = false
    ) async throws -> Services {
        let opened = try await StoreOpening.open(
            configuration, context, missing: missingStore, connections: connections)
        do {
            if runsTasks { try opened.expectClock() }
            return try await services(configuration, opened.timed(context), opened)
        } catch {
            await opened.database.close()
            throw error
        }
    }

    private static func services(
        _ configuration: Configuration, _ context: Context, _ opened: OpenedStore
    ) async throws -> Services {
        var settings = configuration.settings
        var store = Store(opened.database).observed { warn(of: $0, context) }
        if configuration.broker.isGiven { store = store.announcing() }
        let keys = try StoreKeys(configuration, store, context.world)
        if let address = settings.callbackURL {
            settings.callbackURL = try await keys.gateway(configuration).callbackURL(address)
        }
        return Services(
            store: store, partners: try partners(configuration, context),
            world: context.world, settings: settings,
            deeplinks: try await keys.deeplinks(configuration, isKept: opened.isWritable))
    }

    /// Services for describing only: an empty store in memory; no file is read or created.
    static func idleServices(_ context: Context) async throws -> Services {
        try idleServices(context, Store(try await SQLiteDatabase.open(.memory, migrations: [])))
    }

    /// Services with default settings and generated keys, for code that needs only the store.
    static func idleServices(_ context: Context, _ store: Store) throws -> Services {
        let configuration = try Configuration(storePath: "")
        return Services(
            store: store, partners: try partners(configuration, context), world: context.world,
            settings: configuration.settings, deeplinks: DeeplinkKeys.signer([DeeplinkKeys.generated(context.world)]))
    }

    /// Every command warns about a payment that continued without its receipt task.
    private static func warn(of outcome: TaskStore.WriteOutcome, _ context: Context) {
        guard case .done(let stagingFailures) = outcome else { return }
        for failure in stagingFailures {
            // The payment continues even if the warning cannot be written.
            try? context.warn(
                "\(failure.kind.rawValue) \(failure.key) could not be queued: \(failure.message); "
                    + "'qrpay task backfill' stages it")
        }
    }

    static func partners(_ configuration: Configuration, _ context: Context) throws -> Partners {
        let transport = context.makeTransport()
        return Partners(
            eda: HTTPEdaClient(endpoint: configuration.endpoint(.eda), transport: transport),
            transactions: HTTPTransactionsClient(endpoint: configuration.endpoint(.transactions), transport: transport),
            cardstorage: HTTPCardstorageClient(endpoint: configuration.endpoint(.cardstorage), transport: transport),
            cashback: HTTPCashbackClient(endpoint: configuration.endpoint(.cashback), transport: transport),
            check: HTTPCheckClient(endpoint: configuration.endpoint(.check), transport: transport),
            storage: try storage(configuration, context))
    }

    /// The bucket of the configuration; the sandbox's, with its fixed credentials, where S3 has no address of its own.
    /// - Throws: ``Problem`` `bad_config` naming every setting that is missing.
    private static func storage(_ configuration: Configuration, _ context: Context) throws -> S3Client {
        let own = configuration.storage
        let secret = own.accessKeyID == nil ? nil : try own.secret.read(what: "the S3 secret")
        var missing: [String] = []
        if own.bucket == nil { missing.append("bucket") }
        if own.region == nil { missing.append("region") }
        if own.isOwn, own.accessKeyID == nil { missing.append("access_key_id") }
        if own.isOwn || own.accessKeyID != nil, secret == nil { missing.append("secret_access_key_file") }
        guard missing.isEmpty, let bucket = own.bucket, let region = own.region else {
            throw Problem(
                .invalid, "bad_config", "partners.s3 lacks \(missing.joined(separator: ", "))",
                hint:
                    "an S3 server needs its bucket, region and credentials; the sandbox's are only for the sandbox"
            )
        }
        let credentials =
            if let accessKeyID = own.accessKeyID, let secret {
                AWSCredentials(accessKeyID: accessKeyID, secretAccessKey: secret)
            } else {
                SandboxCredentials.aws
            }
        return S3Client(
            endpoint: configuration.endpoint(.s3), bucket: bucket, region: region, credentials: credentials,
            transport: context.makeTransport(), now: context.world.now)
    }
}
