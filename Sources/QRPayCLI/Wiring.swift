import CommandLineKit
import Glibc
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
    /// What to do if the store does not exist.
    enum MissingStore: Sendable {
        /// Create it.
        case made
        /// Use an empty one and print a warning, because the path may be mistyped; nothing is created. For commands
        /// that read, and those that change what must already exist.
        case empty
    }

    /// Services for the store and partners given by the options.
    static func services(
        _ options: ParsedOptions, _ context: Context, missingStore: MissingStore = .empty
    ) async throws -> Services {
        try await services(
            Configuration(options, environment: context.environment), context, missingStore: missingStore)
    }

    static func services(
        _ configuration: Configuration, _ context: Context, missingStore: MissingStore = .empty
    ) async throws -> Services {
        let path = try configuration.path(\.storePath)
        guard !path.contains("://") else {
            throw Problem(
                .store, "store_cannot_open", "\(path): a store must be a file",
                hint: "name a file with --store")
        }
        let isMissing = !path.isEmpty && access(path, F_OK) != 0 && errno == ENOENT
        let isMade = !isMissing || missingStore == .made
        if !isMade {
            try context.warn("\(path): the store does not exist yet; nothing is found, and nothing is created")
        }
        var sqlite = SQLiteOptions()
        sqlite.createsDirectory = true
        // Without write permission the store is opened read-only.
        if !isMissing, missingStore == .empty, access(path, W_OK) != 0 { sqlite.mode = .readOnly }
        let database = try await SQLiteDatabase.open(
            isMade ? .file(path: path) : .memory, migrations: Schema.migrations, options: sqlite)
        var settings = configuration.settings
        if let address = settings.callbackURL {
            settings.callbackURL = try GatewayKeys.access(configuration, context).callbackURL(address)
        }
        var store = Store(database).observed { warn(of: $0, context) }
        if configuration.broker.isGiven { store = store.announcing() }
        return Services(
            store: store, partners: try partners(configuration, context),
            world: context.world,
            settings: settings,
            deeplinks: try DeeplinkKeys.signer(
                path: configuration.path(\.deeplinkKeysPath), world: context.world,
                isKept: isMade && sqlite.mode == .readWrite)
        )
    }

    /// Services that are described and not used: an empty store in memory, default settings, no file read or created.
    static func idleServices(_ context: Context) async throws -> Services {
        let configuration = try Configuration(storePath: "")
        return Services(
            store: Store(try await SQLiteDatabase.open(.memory, migrations: [])),
            partners: try partners(configuration, context), world: context.world, settings: configuration.settings,
            deeplinks: DeeplinkKeys.signer([DeeplinkKeys.generated(context.world)]))
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
