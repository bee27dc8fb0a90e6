import OrderingCore

/// The settings of the ordering system.
struct OrderingSettings: Sendable {
    /// The folder of the services' stores; nil when it is not set and has no default.
    let storesPath: String?
    let style: StyleName
    /// The server that commands use instead of stores; nil for none.
    let serverURL: String?
    /// Authenticates a user to that server.
    let token: Secret

    init(_ sources: SettingSources) {
        storesPath = sources[SettingTable.orderingStores]
        style = StyleName(rawValue: sources[SettingTable.orderingStyle]) ?? .hybrid
        serverURL = sources[SettingTable.orderingServer]
        token = sources.secret(SettingTable.orderingToken)
    }
}
