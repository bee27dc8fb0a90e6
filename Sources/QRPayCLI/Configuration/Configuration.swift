import CommandLineKit
import FoundationEssentials
import QRPayDomain
import QRPayPartners
import QRPayServices

/// Every setting of one run, from flag, environment, file or default, in this order.
struct Configuration: Sendable {
    var storePath: String
    var deeplinkKeysPath: String
    var gatewayKeyPath: String
    var partnersURL: String
    var settings: Settings
    let file: ConfigFile
    private let environment: [String: String]

    static let defaultPartnersURL = "http://127.0.0.1:8787"

    init(_ options: ParsedOptions, environment: [String: String]) throws {
        self.environment = environment
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

        let base = try Self.readFile(options.value("config") ?? variable("QRPAY_CONFIG"), environment)
        let profile = options.value("profile") ?? variable("QRPAY_PROFILE")
        file = try profile.map { try base.overlaid(byProfile: $0) } ?? base

        storePath =
            options.value("store") ?? variable("QRPAY_STORE") ?? file.store
            ?? "\(Self.directory("XDG_DATA_HOME", ".local/share", environment))/qrpay/qrpay.db"
        deeplinkKeysPath =
            variable("QRPAY_DEEPLINK_KEYS_FILE") ?? file.deeplinkKeysFile
            ?? Self.path("deeplink-keys.json", beside: storePath)
        gatewayKeyPath =
            variable("QRPAY_GATEWAY_KEY_FILE") ?? file.gatewayKeyFile ?? Self.path("gateway-key", beside: storePath)
        partnersURL =
            options.value("partners") ?? variable("QRPAY_PARTNERS_URL") ?? file.partners?.url
            ?? Self.defaultPartnersURL
        settings = Settings(file)
    }

    /// Defaults for a store of one's own.
    init(storePath: String) throws {
        self.storePath = storePath
        deeplinkKeysPath = Self.path("deeplink-keys.json", beside: storePath)
        gatewayKeyPath = Self.path("gateway-key", beside: storePath)
        partnersURL = Self.defaultPartnersURL
        settings = Settings()
        file = ConfigFile()
        environment = [:]
    }

    private static func path(_ name: String, beside storePath: String) -> String {
        URL(filePath: storePath).deletingLastPathComponent().appending(path: name).path
    }

    /// Where a partner is; its own address wins over the common one.
    func endpoint(_ partner: Partner) -> PartnerEndpoint {
        let own: ConfigFile.Endpoint? =
            switch partner {
            case .eda: file.partners?.eda
            case .transactions: file.partners?.transactions
            case .cardstorage: file.partners?.cardstorage
            case .cashback: file.partners?.cashback
            case .check: file.partners?.check
            case .s3: file.partners?.s3.map { ConfigFile.Endpoint(url: $0.url) }
            }
        return PartnerEndpoint(
            baseURL: own?.url ?? "\(partnersURL)/\(partner.rawValue)", timeoutSeconds: own?.timeoutSeconds ?? 5)
    }

    var storage: ConfigFile.Storage? { file.partners?.s3 }

    /// The secret of the object store: from a file, or, weaker, from the environment.
    func storageSecret() throws -> String? {
        if let path = storage?.secretAccessKeyFile {
            let text = try LocalFile.read(path, maximumBytes: 4096, what: "the S3 secret")
            return String(decoding: text, as: UTF8.self).filter { !$0.isWhitespace }
        }
        return environment["QRPAY_S3_SECRET_ACCESS_KEY"]
    }

    private static func readFile(_ named: String?, _ environment: [String: String]) throws -> ConfigFile {
        let path = named ?? "\(directory("XDG_CONFIG_HOME", ".config", environment))/qrpay/config.json"
        if named == nil, !FileManager.default.fileExists(atPath: path) { return ConfigFile() }
        let text = try LocalFile.read(path, maximumBytes: 1 << 20, what: "the configuration")
        do {
            return try ConfigFile.read(text)
        } catch {
            throw Problem(.invalid, "bad_config", "\(path): \(error.reason)")
        }
    }

    /// An XDG base directory; a relative one in the environment is ignored, as the specification asks.
    private static func directory(_ name: String, _ fallback: String, _ environment: [String: String]) -> String {
        if let path = environment[name], path.hasPrefix("/") { return path }
        return "\(environment["HOME"] ?? "/")/\(fallback)"
    }
}

extension ConfigFile {
    /// These settings with a profile's over them.
    fileprivate func overlaid(byProfile name: String) throws -> ConfigFile {
        guard let profile = profiles?[name] else {
            throw Problem(.invalid, "bad_config", "there is no profile '\(name)' in the configuration")
        }
        var merged = self
        merged.store = profile.store ?? store
        merged.deeplinkBase = profile.deeplinkBase ?? deeplinkBase
        merged.deeplinkKeysFile = profile.deeplinkKeysFile ?? deeplinkKeysFile
        merged.gatewayKeyFile = profile.gatewayKeyFile ?? gatewayKeyFile
        merged.orderTtlSeconds = profile.orderTtlSeconds ?? orderTtlSeconds
        merged.holdTimeoutSeconds = profile.holdTimeoutSeconds ?? holdTimeoutSeconds
        merged.linkTtlSeconds = profile.linkTtlSeconds ?? linkTtlSeconds
        merged.callbackUrl = profile.callbackUrl ?? callbackUrl
        merged.partners = profile.partners ?? partners
        merged.tasks = profile.tasks ?? tasks
        merged.availability = profile.availability ?? availability
        merged.alerts = profile.alerts ?? alerts
        return merged
    }
}

extension Settings {
    fileprivate init(_ file: ConfigFile) {
        self.init()
        deeplinkBase = file.deeplinkBase ?? deeplinkBase
        orderTTLSeconds = file.orderTtlSeconds ?? orderTTLSeconds
        holdTimeoutSeconds = file.holdTimeoutSeconds ?? holdTimeoutSeconds
        linkTTLSeconds = file.linkTtlSeconds ?? linkTTLSeconds
        callbackURL = file.callbackUrl
        let tasks: [TaskKind: ConfigFile.Retry?] = [
            .paymentSettle: file.tasks?.paymentSettle, .cashbackAccrue: file.tasks?.cashbackAccrue,
            .receiptFetch: file.tasks?.receiptFetch, .orderExpire: file.tasks?.orderExpire,
        ]
        for case (let kind, let own?) in tasks {
            var policy = retryPolicy(kind)
            policy.polls = own.polls ?? policy.polls
            policy.periodSeconds = own.periodSeconds ?? policy.periodSeconds
            policy.baseSeconds = own.baseSeconds ?? policy.baseSeconds
            policy.capSeconds = own.capSeconds ?? policy.capSeconds
            policy.jitter = own.jitter ?? policy.jitter
            policy.maxAttempts = own.maxAttempts ?? policy.maxAttempts
            retry[kind] = policy
        }
    }
}
