import CommandLineKit
import FoundationEssentials
import HTTPKit
import PaymentAPI
import PaymentCore
import PaymentSandbox
import Payments
import SQLKit
import Simulator
import WorldKit

/// The system that a scenario runs against: its own, or a running one.
struct SimulationStage: Sendable {
    private let configuration: Configuration
    private let context: Context
    private let serverURL: String?
    private let partnersURL: String?
    private let storePath: String?
    private let directory: String?

    /// Only the command line counts, so that a variable left set never points a simulation at a real server.
    init(_ options: ParsedOptions, _ context: Context) throws {
        configuration = try Configuration(options, environment: context.environment)
        self.context = context
        serverURL = options[Self.server]
        partnersURL = options[GlobalOptions.partners]
        storePath = options[GlobalOptions.store]
        directory = options[Self.directory]
    }

    static let directory = Option(
        "dir", "DIR", .directory, summary: "Keep the stores in this directory; without it they are removed")
    static let server = Option("server", "URL", .text, summary: "Use this server instead of starting one")

    static let rules: [OptionRule] = [
        .alone(server, without: [directory], hint: "a running server keeps its own store")
    ]

    /// A file belongs to a running server; the simulation's own server can use an empty store on a server.
    static func check(_ options: ParsedOptions) throws {
        guard let store = options[GlobalOptions.store], options[server] == nil, !StorePlace.isURL(store) else { return }
        throw Problem(
            .invalid, "usage",
            "\(GlobalOptions.store.label) is for \(server.label): the simulation's own server has its own store",
            hint: "\(directory.label) keeps the simulation's own store")
    }

    /// The empty store on a server that the simulation's own server uses; nil for a separate file.
    private func ownDatabase() async throws -> (any SQLDatabase)? {
        guard storePath != nil else { return nil }
        let opened = try await StoreOpening.open(
            configuration, context, missing: .empty, connections: StoreOpening.connectionsOfServer)
        try await Store(opened.database).expectEmpty()
        return opened.database
    }

    /// Runs `body` with the system, which is removed afterwards if it was created for it.
    func use<Value: Sendable>(
        _ scenario: ScenarioFile, _ body: @Sendable (SimulatedSystem) async throws -> Value
    ) async throws -> Value {
        if let serverURL {
            let (system, store) = try await others(scenario, at: serverURL)
            do {
                let value = try await body(system)
                await store?.close()
                return value
            } catch {
                await store?.close()
                throw error
            }
        }
        let place =
            directory ?? "\(HomeDirectory.temporary(context.environment))/qrpay-simulation-\(context.world.newID())"
        try LocalFile.makeDirectory(place)
        defer { if directory == nil { try? FileManager.default.removeItem(atPath: place) } }
        if FileManager.default.fileExists(atPath: "\(place)/qrpay.db") {
            throw Problem(
                .invalid, "directory_in_use", "\(place): qrpay.db already exists",
                hint: "name an empty directory, or remove that file")
        }
        let system = try await OwnSystem.open(
            scenario,
            OwnSystem.Place(directory: place, isKept: directory != nil, partnersURL: partnersURL),
            database: try await ownDatabase(), world: context.world, makeTransport: context.makeTransport)
        do {
            let value = try await body(system)
            await system.own?.close()
            return value
        } catch {
            await system.own?.close()
            throw error
        }
    }

    // MARK: A running system

    private func others(_ scenario: ScenarioFile, at url: String) async throws -> (SimulatedSystem, Store?) {
        guard let gatewayKey = try GatewayKeys.own(configuration) else {
            throw Problem(
                .unauthenticated, "key_missing", "no gateway key for the server",
                hint: "name a file with it in QRPAY_GATEWAY_KEY_FILE")
        }
        let transport = context.makeTransport()
        var services: Services?
        if let storePath {
            guard StorePlace.isURL(storePath) || FileManager.default.fileExists(atPath: storePath) else {
                throw Problem(
                    .notFound, "file_not_found", "store \(storePath) not found",
                    hint: "name the server's store, or omit --store")
            }
            services = try await Wiring.services(configuration, context)
        }
        let access = APIAccess(gatewayKeys: [gatewayKey])
        let system = SimulatedSystem(
            connection: APIConnection(url: url, transport: transport), gatewayKey: gatewayKey,
            callbackURL: access.callbackURL("\(BaseURL.trimmed(url))\(API.callbackPath)"),
            deeplinkBase: configuration.settings.deeplinkBase, transport: transport, world: context.world,
            restaurantKeys: try await keys(scenario, services), services: services,
            sandbox: partnersURL.map { SandboxControl(partnersURL: $0, transport: transport) })
        return (system, services?.store)
    }

    /// The keys of the scenario's restaurants: created in the store if there is one, else the configured key if there
    /// is
    /// only one restaurant.
    private func keys(_ scenario: ScenarioFile, _ services: Services?) async throws -> [String: String] {
        let names =
            scenario.restaurants.isEmpty ? [ScenarioFile.standardRestaurant] : scenario.restaurants.keys.sorted()
        if let key = try configuration.apiKey.read(what: "the API key"), names.count == 1 { return [names[0]: key] }
        guard let services else { return [:] }
        var keys: [String: String] = [:]
        for name in names {
            let restaurant = scenario.restaurants[name]
            _ = try await Restaurants(services).add(
                clientID: name, name: restaurant?.name ?? name, zone: nil, cashback: restaurant?.cashback)
            keys[name] = try await RestaurantKeys(services).rotate(clientID: name, endingFormer: false).key
        }
        return keys
    }
}
