import CommandLineKit
import HTTPKit
import OrderingCore
import PaymentAPI
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import QueueKit

/// Every setting, in the order of `qrpay config`. A setting that another follows comes before it.
enum SettingTable {
    // MARK: Where things are

    static let config = Setting<String?>(
        "config", .file, default: .home("XDG_CONFIG_HOME", or: ".config", "config.json"), flag: ("config", "FILE"),
        environment: "QRPAY_CONFIG", isInFile: false, summary: "The configuration file")
    static let profile = Setting<String?>(
        "profile", .text, flag: ("profile", "NAME"), environment: "QRPAY_PROFILE", isInFile: false,
        summary: "The profile of the configuration")
    static let store = Setting<String?>(
        "store", .store(isFolder: false), default: .home("XDG_DATA_HOME", or: ".local/share", "qrpay.db"),
        flag: ("store", "STORE"), environment: "QRPAY_STORE",
        summary: "The store: a file, or \(StorePlace.form) for many machines; store.path in the file, too")
    static let storePasswordFile = Setting<String?>(
        "store.password_file", .file, default: .unset(words: "libpq's: PGPASSFILE, ~/.pgpass"),
        environment: "QRPAY_STORE_PASSWORD_FILE",
        summary: "The file that holds only the password of the store's user, mode 0600")
    static let storeSchema = Setting<String?>(
        "store.schema", .text, default: .unset(words: "the role's first one"), environment: "QRPAY_STORE_SCHEMA",
        summary: "The schema of the database that holds the store's tables")
    static let storePooler = Setting<Bool>(
        "store.pooler", environment: "QRPAY_STORE_POOLER",
        summary: "true or false: a pooler such as pgbouncer hands each transaction to another connection")
    static let deeplinkKeysFile = Setting<String?>(
        "deeplink_keys_file", .file, default: .beside(store, "deeplink-keys.json"),
        environment: "QRPAY_DEEPLINK_KEYS_FILE",
        summary: "The keys that sign deeplinks, created on first use, mode 0600; named for a store on a server")
    static let gatewayKeyFile = Setting<String?>(
        "gateway_key_file", .file, default: .beside(store, "gateway-key"), environment: "QRPAY_GATEWAY_KEY_FILE",
        summary: "The gateway's key, created on first use, mode 0600; named for a store on a server")
    static let gatewayKey = Setting.secret(
        "gateway_key", file: gatewayKeyFile, environment: "QRPAY_GATEWAY_KEY",
        summary: "The gateway's key itself, if no file is given; prefer a file")
    static let server = Setting<String?>(
        "server", .address(.init(example: "http://\(Serve.defaultAddress)")), flag: ("server", "URL"),
        environment: "QRPAY_SERVER", summary: "Use the 'qrpay serve' at this address instead of a store")
    static let apiKeyFile = Setting<String?>(
        "api_key_file", .file, environment: "QRPAY_API_KEY_FILE",
        summary: "The file with a restaurant's API key for that server")
    static let apiKey = Setting.secret(
        "api_key", file: apiKeyFile, environment: "QRPAY_API_KEY",
        summary: "The API key itself, if no file is given; prefer a file")

    // MARK: Orders

    static let deeplinkBase = Setting<String>(
        "deeplink_base",
        .address(.init(forbidden: [.credentials, .fragment], isForApps: true, example: Deeplink.defaultBase)),
        default: standard.deeplinkBase, summary: "The deeplink without its query")
    static let orderTTL = Setting<Double>(
        "order_ttl_seconds", in: 1...year, default: standard.orderTTLSeconds,
        summary: "An unpaid order expires after this")
    static let holdTimeout = Setting<Double>(
        "hold_timeout_seconds", in: 1...year, default: standard.holdTimeoutSeconds,
        summary: "A hold still pending after this is voided")
    static let linkTTL = Setting<Int>(
        "link_ttl_seconds", in: linkRange, default: standard.linkTTLSeconds, summary: "How long a receipt's link works")
    static let callbackURL = Setting<String?>(
        "callback_url",
        .address(.init(forbidden: .fragment, example: "https://qrpay.example\(API.callbackPath)")),
        default: .unset(words: "the server's own address; a worker alone polls"),
        summary: "Where transactions reports changes")

    /// In seconds; the maximum is S3's.
    static let linkRange = 1...604_800

    // MARK: Tasks

    static let retention = Setting<Double>(
        "tasks.retention_seconds", in: 1...10 * year, default: standard.taskRetentionSeconds,
        summary: "A done task without failures is removed after this")
    static let retries = TaskKindChoice.all.map(RetrySettings.init)

    // MARK: Partners

    static let partnersURL = Setting<String>(
        "partners.url", .address(partnerAddress), default: partnerAddress.example, flag: ("partners", "URL"),
        environment: "QRPAY_PARTNERS_URL", summary: "The base URL of the partners")
    static let partners = Partner.allCases.map(PartnerSettings.init)
    static let bucket = Setting<String?>(
        "partners.s3.bucket", .text, default: .sandboxes(SandboxCredentials.bucket), summary: "The receipts' bucket")
    static let region = Setting<String?>(
        "partners.s3.region", .text, default: .sandboxes(SandboxCredentials.region), summary: "The bucket's region")
    static let accessKeyID = Setting<String?>(
        "partners.s3.access_key_id", .text, default: .unset(words: "the sandbox's"), summary: "The bucket's access key")
    static let secretAccessKeyFile = Setting<String?>(
        "partners.s3.secret_access_key_file", .file, summary: "The file that holds only the access key's secret")
    static let secretAccessKey = Setting.secret(
        "partners.s3.secret_access_key", file: secretAccessKeyFile, environment: "QRPAY_S3_SECRET_ACCESS_KEY",
        summary: "The access key's secret itself, if no file is given; prefer a file")

    fileprivate static let partnerAddress = SettingSpec.AddressRules(
        example: "http://\(SandboxCommand.defaultAddress)")

    // MARK: The ordering system and its broker

    static let broker = Setting<String>(
        "broker", .broker, default: BrokerSettings.embedded, flag: ("broker", "BROKER"), environment: "QRPAY_BROKER",
        summary: "What carries messages: the store, or a RabbitMQ, \(BrokerSettings.form)")
    static let brokerPasswordFile = Setting<String?>(
        "broker_password_file", .file, environment: "QRPAY_BROKER_PASSWORD_FILE",
        summary: "The file that holds only the password of the broker's user")
    static let brokerPassword = Setting.secret(
        "broker_password", file: brokerPasswordFile, environment: "QRPAY_BROKER_PASSWORD",
        summary: "The broker's password itself, if no file is given; prefer a file")
    static let orderingStores = Setting<String?>(
        "ordering.stores", .store(isFolder: true),
        default: .derived(words: "ordering next to the store, or its database", following: store.key) { sources in
            sources[store].map { StorePlace.isURL($0) ? $0 : HomeDirectory.path("ordering", beside: $0) }
        }, flag: ("stores", "STORES"),
        environment: "QRPAY_ORDERING_STORES",
        summary: "The ordering system's stores: a folder with a file per service, or a database with a schema each")
    static let orderingSecretFile = Setting<String?>(
        "ordering.secret_file", .file, default: .unset(words: "secret in the folder of the stores"),
        environment: "QRPAY_ORDERING_SECRET_FILE",
        summary: "The secret of the ordering system, made on first use, mode 0600; named for stores on a server")
    static let orderingStyle = Setting<String>(
        "ordering.style", .word(StyleName.allCases.map(\.rawValue)), default: StyleName.hybrid.rawValue,
        flag: ("style", "STYLE"), environment: "QRPAY_ORDERING_STYLE",
        summary: "How the services of the ordering system communicate")
    static let orderingServer = Setting<String?>(
        "ordering.server", .address(.init(example: "http://\(OrderingOptions.defaultAddress)")),
        environment: "QRPAY_ORDERING_SERVER", summary: "The 'qrpay ordering serve' that ordering commands use")
    static let orderingTokenFile = Setting<String?>(
        "ordering.token_file", .file, environment: "QRPAY_ORDERING_TOKEN_FILE",
        summary: "The file with a user's login token for that server")
    static let orderingToken = Setting.secret(
        "ordering.token", file: orderingTokenFile, environment: "QRPAY_ORDERING_TOKEN",
        summary: "The login token itself, if no file is given; prefer a file")

    static let orderingServices = ServiceName.allCases.filter { $0 != .gateway }.map { service in
        (
            service: service,
            url: Setting<String?>(
                "ordering.services.\(service.rawValue)", .address(.init(example: "http://10.0.0.5:8791")),
                default: .unset(words: "the file \(service.rawValue).address in the stores' folder"),
                summary: "Where other processes reach the service, when it runs on another machine")
        )
    }

    // MARK: Serving

    static let experiments = Setting<[String]?>(
        "availability.experiments", .names, words: "every feature is on for every user",
        summary: "The steps of a rollout, by name; a condition that is not set always matches")
    static let experiment = ExperimentSettings()
    static let alertAttempts = Setting<Int>(
        "alerts.task_attempts", in: 0...1_000_000, default: limits.taskAttempts,
        summary: "A task with more attempts is overdue")
    static let alertAge = Setting<Double>(
        "alerts.task_age_seconds", in: 0...10 * year, default: limits.taskAgeSeconds,
        summary: "A task unfinished for longer is overdue, as is an unconfirmed accrual or clawback")

    // MARK: All of them

    static let all: [SettingSpec] =
        [
            config.spec, profile.spec, store.spec, storePasswordFile.spec, storeSchema.spec, storePooler.spec,
            deeplinkKeysFile.spec, gatewayKeyFile.spec, gatewayKey.spec,
            server.spec, apiKeyFile.spec, apiKey.spec, deeplinkBase.spec, orderTTL.spec, holdTimeout.spec,
            linkTTL.spec, callbackURL.spec, retention.spec,
        ] + retries.flatMap(\.all) + [partnersURL.spec] + partners.flatMap(\.all) + [
            bucket.spec, region.spec, accessKeyID.spec, secretAccessKeyFile.spec, secretAccessKey.spec,
            broker.spec, brokerPasswordFile.spec, brokerPassword.spec, orderingStores.spec, orderingSecretFile.spec,
            orderingStyle.spec,
            orderingServer.spec, orderingTokenFile.spec, orderingToken.spec,
        ] + orderingServices.map(\.url.spec) + [experiments.spec] + experiment.all + [
            alertAttempts.spec, alertAge.spec,
        ]

    /// The flag of a setting that has one.
    static func flag<Value>(of setting: Setting<Value>) -> Option<String?> {
        guard let option = setting.option else { preconditionFailure("\(setting.key) has no flag") }
        return option
    }

    fileprivate static let year = 31_536_000.0
    private static let standard = Settings()
    private static let limits = MetricsReport.Limits()
}

/// The retry policy of one kind of task.
struct RetrySettings: Sendable {
    let kind: TaskKind
    let polls: Setting<Int>
    let period: Setting<Double>
    let base: Setting<Double>
    let cap: Setting<Double>
    let jitter: Setting<Double>
    let maxAttempts: Setting<Int>

    init(_ kind: TaskKind) {
        self.kind = kind
        let group = "tasks.\(TaskKindChoice.name(kind).replacing(".", with: "_"))"
        let standard = Settings().retryPolicy(kind)
        let seconds = 0.001...SettingTable.year
        polls = Setting(
            "\(group).polls", in: 0...1_000_000, default: standard.polls,
            summary: "How many answers \"not yet\" are each followed by one period")
        period = Setting(
            "\(group).period_seconds", in: seconds, default: standard.periodSeconds, summary: "The wait between polls")
        base = Setting(
            "\(group).base_seconds", in: seconds, default: standard.baseSeconds,
            summary: "The first backoff; each further one is twice as long")
        cap = Setting(
            "\(group).cap_seconds", in: seconds, default: standard.capSeconds, summary: "The longest backoff")
        jitter = Setting(
            "\(group).jitter", in: 0...1, default: standard.jitter, summary: "The share of a backoff that is random")
        maxAttempts = Setting(
            "\(group).max_attempts", in: 1...1_000_000, default: standard.maxAttempts,
            summary: "After this many attempts the task is stuck")
    }

    var all: [SettingSpec] { [polls.spec, period.spec, base.spec, cap.spec, jitter.spec, maxAttempts.spec] }
}

/// The address of one partner, and the time limit of an exchange with it.
struct PartnerSettings: Sendable {
    let partner: Partner
    let url: Setting<String>
    /// Nil for S3.
    let timeout: Setting<Double>?

    init(_ partner: Partner) {
        self.partner = partner
        let group = "partners.\(partner.rawValue)"
        url = Setting(
            "\(group).url", .address(SettingTable.partnerAddress),
            derived: .derived(
                words: "/\(partner.rawValue) below partners.url", following: SettingTable.partnersURL.key
            ) { Self.url(of: partner, below: $0[SettingTable.partnersURL]) }, summary: "Its own base URL")
        timeout =
            partner == .s3
            ? nil
            : Setting(
                "\(group).timeout_seconds", in: 0.001...3600, default: PartnerEndpoint(baseURL: "").timeoutSeconds,
                summary: "The time limit of an exchange")
    }

    var all: [SettingSpec] { [url.spec] + (timeout.map { [$0.spec] } ?? []) }

    static func url(of partner: Partner, below common: String) -> String {
        "\(BaseURL.trimmed(common))/\(partner.rawValue)"
    }
}

/// The conditions of one step of a rollout; `*` stands for its name.
struct ExperimentSettings: Sendable {
    let zones = Setting<[String]?>("\(group).zones", .texts, words: "everywhere", summary: "Only in these zones")
    let uids = Setting<[String]?>("\(group).uids", .texts, words: "none", summary: "These users")
    let phoneIDs = Setting<[String]?>("\(group).phone_ids", .texts, words: "none", summary: "These phones")
    let percent = Setting<String?>(
        "\(group).percent", .percent, default: .unset(words: "all, without users and phones"),
        summary: "The share of users, such as \"7.5\"")
    let restaurants = Setting<[String]?>(
        "\(group).restaurants", .texts, words: "all", summary: "The restaurants it opens, by client_id")

    private static let group = "\(SettingTable.experiments.key).*"

    var all: [SettingSpec] { [zones.spec, uids.spec, phoneIDs.spec, percent.spec, restaurants.spec] }
}

extension SettingSpec.Standard {
    /// A file in a directory of the XDG base directory specification.
    fileprivate static func home(_ variable: String, or fallback: String, _ file: String) -> Self {
        .derived(words: "$\(variable)/qrpay/\(file)") { sources in
            HomeDirectory.path(variable, or: fallback, sources.environment).map { "\($0)/qrpay/\(file)" }
        }
    }

    /// A file next to the one of another setting.
    fileprivate static func beside(_ other: Setting<String?>, _ file: String) -> Self {
        .derived(words: "\(file) next to the \(other.key)", following: other.key) { sources in
            sources[other].flatMap { StorePlace.isURL($0) ? nil : HomeDirectory.path(file, beside: $0) }
        }
    }

    /// The sandbox's, unless S3 has an address of its own.
    fileprivate static func sandboxes(_ text: String) -> Self {
        .derived(words: "\(text) in the sandbox") { $0.hasOwnURL(.s3) ? nil : text }
    }
}
