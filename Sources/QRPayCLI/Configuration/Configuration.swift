import CommandLineKit
import FoundationEssentials
import HTTPKit
import PaymentPartners
import Payments

/// Every setting of one run, from flag, environment, file or default, in order of precedence.
struct Configuration: Sendable {
    /// The bucket for receipts.
    struct Storage: Sendable {
        /// Whether it has an address of its own, and so takes nothing from the sandbox.
        var isOwn: Bool
        var bucket: String?
        var region: String?
        /// Nil for the sandbox's.
        var accessKeyID: String?
        /// Of the access key.
        var secret: Secret
    }

    /// Each is nil when not set and without a default directory; see ``path(_:)``.
    private(set) var storePath: String?
    private(set) var deeplinkKeysPath: String?
    private(set) var gatewayKeyPath: String?
    /// Why there is no default directory; nil if there is one.
    private let homeFlaw: String?
    /// The server that some commands use instead of a store; nil for none.
    let serverURL: String?
    /// Authenticates a restaurant's iiko to that server.
    let apiKey: Secret
    /// The gateway's key from a given file or the environment; without either it is at ``gatewayKeyPath``.
    let gatewayKey: Secret
    var partnersURL: String
    var settings: Settings
    let storage: Storage
    let availability: Availability
    /// The alert limits.
    let metricsLimits: MetricsReport.Limits
    /// The file read; nil for none.
    let filePath: String?
    /// Each setting with its value and source.
    let inForce: [Setting]
    private let ownURLs: [Partner: String]
    private let timeouts: [Partner: Double]

    static let defaultPartnersURL = "http://127.0.0.1:8787"

    init(_ options: ParsedOptions, environment: [String: String]) throws {
        var sources = SettingSources(options, environment: environment)
        let file = try Self.readFile(&sources, environment)
        try self.init(&sources, file: file, environment: environment)
    }

    /// Defaults for a local store.
    init(storePath: String) throws {
        var sources = SettingSources(nil, environment: [:])
        try self.init(&sources, file: nil, environment: [:])
        self.storePath = storePath
        deeplinkKeysPath = Self.path("deeplink-keys.json", beside: storePath)
        gatewayKeyPath = Self.path("gateway-key", beside: storePath)
    }

    private init(_ sources: inout SettingSources, file: String?, environment: [String: String]) throws {
        filePath = file
        homeFlaw = Self.homeFlaw(environment)
        storePath = sources.optionalText(
            "store", flag: "store", variable: "QRPAY_STORE",
            default: Self.directory("XDG_DATA_HOME", ".local/share", environment).map { "\($0)/qrpay/qrpay.db" }
        ) { $0.store }
        deeplinkKeysPath = sources.optionalText(
            "deeplink_keys_file", variable: "QRPAY_DEEPLINK_KEYS_FILE",
            default: storePath.map { Self.path("deeplink-keys.json", beside: $0) }, following: "store"
        ) { $0.deeplinkKeysFile }
        gatewayKeyPath = sources.optionalText(
            "gateway_key_file", variable: "QRPAY_GATEWAY_KEY_FILE",
            default: storePath.map { Self.path("gateway-key", beside: $0) }, following: "store"
        ) { $0.gatewayKeyFile }
        gatewayKey = Secret(
            "gateway_key", file: sources.isLastDefault ? nil : gatewayKeyPath, variable: "QRPAY_GATEWAY_KEY", &sources)
        serverURL = sources.optionalText("server", flag: "server", variable: "QRPAY_SERVER") { $0.server }
        try serverURL.map { try sources.checkURL($0, such: "http://127.0.0.1:8780") }
        apiKey = Secret(
            "api_key", file: sources.optionalText("api_key_file", variable: "QRPAY_API_KEY_FILE") { $0.apiKeyFile },
            variable: "QRPAY_API_KEY", &sources)
        settings = try Settings(&sources)
        partnersURL = sources.text(
            "partners.url", flag: "partners", variable: "QRPAY_PARTNERS_URL", default: Self.defaultPartnersURL
        ) { $0.partners?.url }
        try sources.checkURL(partnersURL, such: Self.defaultPartnersURL)

        var (urls, timeouts): ([Partner: String], [Partner: Double]) = ([:], [:])
        for partner in Partner.allCases {
            let common = Self.url(of: partner, below: partnersURL)
            let url = sources.text("partners.\(partner.rawValue).url", default: common, following: "partners.url") {
                $0.partners?[partner]?.url
            }
            try sources.checkURL(url, such: Self.defaultPartnersURL)
            if url != common { urls[partner] = url }
            guard partner != .s3 else { continue }
            timeouts[partner] = sources.number("partners.\(partner.rawValue).timeout_seconds", default: 5) {
                $0.partners?[partner]?.timeoutSeconds
            }
        }
        (ownURLs, self.timeouts) = (urls, timeouts)
        storage = Storage(&sources, isOwn: urls[.s3] != nil)
        availability = try Availability(&sources)
        metricsLimits = MetricsReport.Limits(&sources)
        inForce = sources.settings
    }

    /// - Parameter place: one of the paths above.
    /// - Throws: ``Problem`` `home_not_set` when it is not set and has no default directory.
    func path(_ place: KeyPath<Configuration, String?>) throws -> String {
        if let path = self[keyPath: place] { return path }
        throw Problem(
            .store, "home_not_set", "\(homeFlaw ?? "HOME is not set"), so the store has no default path",
            hint: "name the store with --store or QRPAY_STORE, or set HOME or XDG_DATA_HOME")
    }

    /// The URL of a partner; its own overrides the common one.
    func endpoint(_ partner: Partner) -> PartnerEndpoint {
        PartnerEndpoint(
            baseURL: ownURLs[partner] ?? Self.url(of: partner, below: partnersURL),
            timeoutSeconds: timeouts[partner] ?? 5)
    }

    private static func url(of partner: Partner, below partnersURL: String) -> String {
        "\(BaseURL.trimmed(partnersURL))/\(partner.rawValue)"
    }

    private static func path(_ name: String, beside storePath: String) -> String {
        URL(filePath: storePath).deletingLastPathComponent().appending(path: name).path
    }

    /// An XDG base directory; a relative one in the environment is ignored, as the specification requires. Nil when
    /// there is
    /// no home either.
    private static func directory(_ name: String, _ fallback: String, _ environment: [String: String]) -> String? {
        if let path = environment[name], path.hasPrefix("/") { return path }
        guard homeFlaw(environment) == nil, let home = environment["HOME"] else { return nil }
        return "\(home)/\(fallback)"
    }

    private static func homeFlaw(_ environment: [String: String]) -> String? {
        guard let home = environment["HOME"] else { return "HOME is not set" }
        if home.isEmpty { return "HOME is empty" }
        return home.hasPrefix("/") ? nil : "HOME is not an absolute path"
    }
}

// MARK: - The file

extension Configuration {
    /// Reads the configuration file and applies its profile.
    /// - Returns: the file's path; nil when none was given and the default one does not exist.
    private static func readFile(
        _ sources: inout SettingSources, _ environment: [String: String]
    ) throws -> String? {
        let usual = directory("XDG_CONFIG_HOME", ".config", environment).map { "\($0)/qrpay/config.json" }
        let path = sources.optionalText("config", flag: "config", variable: "QRPAY_CONFIG", default: usual)
        let profile = sources.optionalText("profile", flag: "profile", variable: "QRPAY_PROFILE")
        let isNamed = sources.settings.first?.source != .standard()
        var file: ConfigFile?
        if let path, isNamed || FileManager.default.fileExists(atPath: path) { file = try read(path) }
        if let profile {
            guard let path, let own = file?.profiles?[profile] else {
                throw Problem(.invalid, "bad_config", "profile '\(profile)' not found in the configuration")
            }
            sources.layers.append(SettingSources.Layer(file: own, source: .file(path, profile: profile)))
        }
        guard let path, let file else { return nil }
        sources.layers.append(SettingSources.Layer(file: file, source: .file(path, profile: nil)))
        return path
    }

    private static func read(_ path: String) throws -> ConfigFile {
        let text = try LocalFile.readText(path, maximumBytes: 1 << 20, what: "the configuration")
        do {
            return try ConfigFile.read(Array(text.utf8))
        } catch {
            throw Problem(.invalid, "bad_config", "\(path): \(error.reason)")
        }
    }
}
