import CommandLineKit
import PaymentAPI
import PaymentCore
import Payments

/// A running `qrpay serve` used instead of a store, as iiko or as the guest's app.
struct Server: Sendable {
    static let option = OptionSpec(
        name: "server", value: "URL", environment: "QRPAY_SERVER",
        summary: "Use the 'qrpay serve' at this address instead of a store")

    private let connection: APIConnection
    private let configuration: Configuration

    /// The server given; nil for the store.
    static func named(by options: ParsedOptions, _ context: Context) throws -> Server? {
        let configuration = try Configuration(options, environment: context.environment)
        guard let url = configuration.serverURL else { return nil }
        for name in ["store", "partners"] where options.value(name) != nil {
            throw Problem(
                .invalid, "usage", "--\(name) cannot be used with a server, which has its own",
                hint: "omit --\(name), or --server and QRPAY_SERVER")
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

    /// The app of the guest that `--uid` names, by the gateway's key.
    func guest(_ options: ParsedOptions) throws -> GuestClient {
        let uid = try options.identifier(option: "uid") ?? ""
        guard let key = try GatewayKeys.own(configuration) else {
            throw Problem(
                .unauthenticated, "key_missing", "no gateway key for the server",
                hint: "name a file with it in QRPAY_GATEWAY_KEY_FILE")
        }
        return GuestClient(connection, gatewayKey: key, uid: uid)
    }

    /// The deeplink on the check, which proves to the server that the guest has scanned it.
    func deeplink(_ options: ParsedOptions) throws -> (link: Deeplink, url: String) {
        let text = try OrderReference.text(options)
        guard OrderReference.isDeeplink(text) else {
            throw Problem(
                .invalid, "usage",
                "ORDER '\(text)': with a server it must be the deeplink, whose signature is sent along",
                hint: "it is what the QR code holds, and what 'qrpay preorder create' prints")
        }
        return (try Deeplink(url: text, base: configuration.settings.deeplinkBase), text)
    }

    /// An order's id, or the id in its deeplink, whose signature is not sent to the server.
    func orderID(_ options: ParsedOptions) throws -> String {
        let text = try OrderReference.text(options)
        return OrderReference.isDeeplink(text)
            ? try deeplink(options).link.orderID : try ParsedOptions.identifier(text, "ORDER")
    }
}
