import OrderingCore

/// The settings of the ordering system.
struct OrderingSettings: Sendable {
    /// The folder of the services' stores; nil when it is not set and has no default.
    let storesPath: String?
    /// The secret's file; nil for the one in the stores' folder.
    let secretPath: String?
    /// Nil when it is not set.
    let style: StyleName?
    /// The server that commands use instead of stores; nil for none.
    let serverURL: String?
    /// Authenticates a user to that server.
    let token: Secret
    /// The addresses of services that run on other machines.
    let services: [ServiceName: String]

    init(_ sources: SettingSources) {
        storesPath = sources[SettingTable.orderingStores]
        secretPath = sources[SettingTable.orderingSecretFile]
        let isStyleGiven = sources.source(of: SettingTable.orderingStyle.key) != .standard()
        style = isStyleGiven ? StyleName(rawValue: sources[SettingTable.orderingStyle]) : nil
        serverURL = sources[SettingTable.orderingServer]
        token = sources.secret(SettingTable.orderingToken)
        services = SettingTable.orderingServices.reduce(into: [:]) { services, own in
            services[own.service] = sources[own.url]
        }
    }
}
