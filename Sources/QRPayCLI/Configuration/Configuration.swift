import CommandLineKit
import FoundationEssentials
import PaymentCore
import PaymentPartners
import Payments
import QueueKit

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

    /// Each is nil when not set and without a default; see ``path(_:)``. The store's may be a URL.
    let storePath: String?
    let deeplinkKeysPath: String?
    let gatewayKeyPath: String?
    /// How a store on a server is used.
    let storeServer: StoreServerSettings
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
    /// What carries messages.
    let broker: BrokerSettings
    let ordering: OrderingSettings
    /// The file read; nil for none.
    let filePath: String?
    /// Each setting with its value and source.
    let inForce: [EffectiveSetting]
    /// The settings' values, by key.
    private let values: [String: SettingValue]
    private let ownURLs: [Partner: String]
    private let timeouts: [Partner: Double]

    init(_ options: ParsedOptions, environment: [String: String]) throws {
        try self.init(SettingSources(options, environment: environment), readsFile: true)
    }

    /// Defaults for a local store.
    init(storePath: String) throws {
        var sources = SettingSources(nil, environment: [:])
        sources.preset(SettingTable.store, to: storePath)
        try self.init(sources, readsFile: false)
    }

    /// Default settings, with the store and key files of another configuration.
    init(storeOf other: Configuration) throws {
        var sources = SettingSources(nil, environment: [:])
        let names = [
            SettingTable.store.key, SettingTable.storePasswordFile.key, SettingTable.storeSchema.key,
            SettingTable.storePooler.key, SettingTable.deeplinkKeysFile.key, SettingTable.gatewayKeyFile.key,
        ]
        sources.layers.append(
            SettingSources.Layer(
                values: other.values.filter { names.contains($0.key) }, source: EffectiveSetting.Source.standard()))
        try self.init(sources, readsFile: false)
    }

    private init(_ given: SettingSources, readsFile: Bool) throws {
        var sources = given
        // The file is read as soon as it is known.
        let place = [SettingTable.config.spec, SettingTable.profile.spec]
        for spec in place { try sources.resolve(spec) }
        filePath = readsFile ? try Self.readFile(&sources) : nil
        for spec in SettingTable.all.dropFirst(place.count) { try sources.resolve(spec) }

        homeFlaw = HomeDirectory.flaw(sources.environment)
        storePath = sources[SettingTable.store]
        deeplinkKeysPath = sources[SettingTable.deeplinkKeysFile]
        gatewayKeyPath = sources[SettingTable.gatewayKeyFile]
        gatewayKey = sources.secret(SettingTable.gatewayKey)
        storeServer = StoreServerSettings(sources)
        serverURL = sources[SettingTable.server]
        apiKey = sources.secret(SettingTable.apiKey)
        partnersURL = sources[SettingTable.partnersURL]
        settings = Settings(sources)
        ownURLs = SettingTable.partners.reduce(into: [:]) { urls, own in
            if sources.hasOwnURL(own.partner) { urls[own.partner] = sources[own.url] }
        }
        timeouts = SettingTable.partners.reduce(into: [:]) { timeouts, own in
            timeouts[own.partner] = own.timeout.map { sources[$0] }
        }
        storage = Storage(
            isOwn: ownURLs[.s3] != nil, bucket: sources[SettingTable.bucket], region: sources[SettingTable.region],
            accessKeyID: sources[SettingTable.accessKeyID], secret: sources.secret(SettingTable.secretAccessKey))
        availability = try Availability(sources)
        metricsLimits = MetricsReport.Limits(sources)
        broker = try BrokerSettings(sources)
        ordering = OrderingSettings(sources)
        inForce = sources.inForce
        values = sources.values
    }

    /// - Parameter place: one of the paths above.
    /// - Throws: ``Problem`` `home_not_set` when it is not set and has no default directory.
    func path(_ place: KeyPath<Configuration, String?>) throws -> String {
        if let path = self[keyPath: place] { return path }
        if let storePath, StorePlace.isURL(storePath) {
            throw Problem.keyFileNotNamed(place == \.gatewayKeyPath ? .gateway : .deeplinks)
        }
        throw Problem(
            .store, "home_not_set", "\(homeFlaw ?? "HOME is not set"), so the store has no default path",
            hint: "name the store with --store or QRPAY_STORE, or set HOME or XDG_DATA_HOME")
    }

    /// The URL of a partner; its own overrides the common one.
    func endpoint(_ partner: Partner) -> PartnerEndpoint {
        var endpoint = PartnerEndpoint(
            baseURL: ownURLs[partner] ?? PartnerSettings.url(of: partner, below: partnersURL))
        if let timeout = timeouts[partner] { endpoint.timeoutSeconds = timeout }
        return endpoint
    }

    /// Reads the configuration file and applies its profile.
    /// - Returns: the file's path; nil when none was given and the default one does not exist.
    private static func readFile(_ sources: inout SettingSources) throws -> String? {
        let isNamed = sources.source(of: SettingTable.config.key) != .standard()
        var file: ConfigFile?
        let path = sources[SettingTable.config]
        if let path, isNamed || FileManager.default.fileExists(atPath: path) { file = try read(path) }
        if let profile = sources[SettingTable.profile] {
            guard let path, let own = file?.profiles[profile] else {
                throw Problem(.invalid, "bad_config", "profile '\(profile)' not found in the configuration")
            }
            sources.layers.append(SettingSources.Layer(values: own, source: .file(path, profile: profile)))
        }
        guard let path, let file else { return nil }
        sources.layers.append(SettingSources.Layer(values: file.values, source: .file(path, profile: nil)))
        return path
    }

    private static func read(_ path: String) throws -> ConfigFile {
        let text = try LocalFile.readText(path, maximumBytes: 1 << 20, what: "the configuration")
        do throws(SettingSpec.Flaw) {
            return try ConfigFile(Array(text.utf8))
        } catch {
            throw Problem(.invalid, error.code ?? "bad_config", "\(path): \(error.reason)", hint: error.hint)
        }
    }
}

// MARK: - What the settings are for

extension Settings {
    fileprivate init(_ sources: SettingSources) {
        self.init()
        deeplinkBase = sources[SettingTable.deeplinkBase]
        orderTTLSeconds = sources[SettingTable.orderTTL]
        holdTimeoutSeconds = sources[SettingTable.holdTimeout]
        linkTTLSeconds = sources[SettingTable.linkTTL]
        callbackURL = sources[SettingTable.callbackURL]
        taskRetentionSeconds = sources[SettingTable.retention]
        for own in SettingTable.retries {
            retry[own.kind] = RetryPolicy(
                polls: sources[own.polls], periodSeconds: sources[own.period], baseSeconds: sources[own.base],
                capSeconds: sources[own.cap], jitter: sources[own.jitter], maxAttempts: sources[own.maxAttempts])
        }
    }
}

extension Availability {
    /// The rollout; without one, every feature is on for every user.
    fileprivate init(_ sources: SettingSources) throws {
        self.init()
        guard let names = sources[SettingTable.experiments] else { return }
        let own = SettingTable.experiment
        self = Availability(
            experiments: try names.map { name in
                var experiment = Experiment(name: name)
                experiment.zones = sources[own.zones, of: name].map(Set.init)
                experiment.uids = Set(sources[own.uids, of: name] ?? [])
                experiment.phoneIDs = Set(sources[own.phoneIDs, of: name] ?? [])
                experiment.restaurants = sources[own.restaurants, of: name].map(Set.init)
                experiment.percent = try sources[own.percent, of: name].map { try Percent($0) }
                return experiment
            })
    }
}

extension MetricsReport.Limits {
    fileprivate init(_ sources: SettingSources) {
        self.init()
        taskAttempts = sources[SettingTable.alertAttempts]
        taskAgeSeconds = sources[SettingTable.alertAge]
    }
}
