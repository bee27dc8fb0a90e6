import CommandLineKit
import PaymentAPI
import PaymentCore
import Payments

/// A running `qrpay serve` used instead of a store, as iiko or as the guest's app.
struct Server: Sendable {
    static let option = SettingTable.flag(of: SettingTable.server)

    private let connection: APIConnection
    private let configuration: Configuration

    /// The server given; nil for the store.
    static func named(by options: ParsedOptions, _ context: Context) throws -> Server? {
        let configuration = try Configuration(options, environment: context.environment)
        guard let url = configuration.serverURL else { return nil }
        for own in [GlobalOptions.store, GlobalOptions.partners] where options.isGiven(own) {
            throw Problem(
                .invalid, "usage", "\(own.label) cannot be used with a server, which has its own",
                hint: "omit \(own.label), or --server and QRPAY_SERVER")
        }
        return Server(
            connection: APIConnection(url: url, transport: context.makeTransport()), configuration: configuration)
    }

    /// A restaurant's iiko, by its API key.
    func iiko() throws -> IikoClient {
        guard let key = try configuration.apiKey.read(what: "the API key") else {
            throw Problem(
                .unauthenticated, "key_missing", "no API key for the server",
                hint: "name a file with it in QRPAY_API_KEY_FILE; 'qrpay restaurant key' makes one")
        }
        guard (1...512).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Problem(.invalid, "bad_api_key", "the API key is not 1 to 512 visible ASCII characters")
        }
        return IikoClient(connection, key: key)
    }

    /// The app of a guest, by the gateway's key.
    func guest(uid: String) throws -> GuestClient {
        guard let key = try GatewayKeys.own(configuration) else {
            throw Problem(
                .unauthenticated, "key_missing", "no gateway key for the server",
                hint: "name a file with it in QRPAY_GATEWAY_KEY_FILE")
        }
        return GuestClient(connection, gatewayKey: key, uid: uid)
    }

    /// The deeplink on the check, which proves to the server that the guest has scanned it.
    func deeplink(_ order: OrderReference) throws -> (link: Deeplink, url: String) {
        guard case .deeplink(let url) = order else {
            throw Problem(
                .invalid, "usage",
                "ORDER '\(order.text)': with a server it must be the deeplink, whose signature is sent along",
                hint: "it is what the QR code holds, and what 'qrpay preorder create' prints")
        }
        return (try Deeplink(url: url, base: configuration.settings.deeplinkBase), url)
    }

    /// An order's id, or the id in its deeplink, whose signature is not sent to the server.
    func orderID(_ order: OrderReference) throws -> String {
        switch order {
        case .id(let id): id
        case .deeplink: try deeplink(order).link.orderID
        }
    }
}
