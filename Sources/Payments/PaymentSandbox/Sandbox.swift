package import HTTPKit
import JSONKit
import PaymentCore
import PaymentPartners
import SQLKit
package import WorldKit

/// All partners on one port: `/eda`, `/transactions`, `/cardstorage`, `/cashback`, `/check`, `/s3`, each with the
/// routes of its HTTP client; and the control API for testers under `/sandbox/…`.
package final class Sandbox: Sendable {
    /// Where the partners store their state.
    package enum StateLocation: Hashable, Sendable {
        /// Lost when the sandbox ends.
        case memory
        /// A database file, created if necessary; one sandbox at a time.
        case file(path: String)
    }

    private static let graceSeconds = 0.5
    /// S3 accepts objects of up to 32 MiB; routes limit JSON further.
    package static let limits = HTTPServerLimits(maximumBodyBytes: 32 << 20, maximumBufferedBytes: 256 << 20)

    private let state: SandboxState
    private let server: HTTPServer

    /// Loads the state; does not listen yet.
    /// - Parameter transport: delivers the callbacks.
    /// - Throws: ``SQLKit/SQLError`` when the file cannot be used, or holds something else.
    package init(
        listen: SocketAddress, state location: StateLocation, settings: SandboxSettings = SandboxSettings(),
        world: World, transport: any HTTPTransport, limits: HTTPServerLimits = Sandbox.limits
    ) async throws {
        var store: SandboxStore?
        if case .file(let path) = location { store = try await SandboxStore(path: path) }
        let rows = try await store?.rows() ?? []
        let models: PartnerModels
        do throws(FieldError) {
            models = try PartnerModels(rows: rows, settings: settings)
        } catch {
            throw SQLError(code: .decoding, message: "sandbox_record.body: \(error)")
        }
        let courier = CallbackCourier(transport: transport, world: world, settings: settings)
        let state = SandboxState(
            models: models, faults: settings.faults, store: store, courier: courier, world: world)
        self.state = state

        let routes =
            EdaRoutes.all(state) + TransactionsRoutes.all(state) + CardstorageRoutes.all(state)
            + CashbackRoutes.all(state) + CheckRoutes.all() + ControlRoutes.all(state, courier)
        let (router, s3) = (SandboxRoute.router(routes, now: world.now), S3Routes.router(state, now: world.now))
        server = HTTPServer(listen: listen, limits: limits) { request in
            guard let partner = request.pathSegments.first.flatMap(Partner.init(rawValue:)) else {
                return await router.answer(request)
            }
            let trouble = await state.trouble(
                partner: partner, method: request.method, path: Array(request.pathSegments.dropFirst()))
            return await trouble.surround(world) {
                partner == .s3 ? await s3.answer(request) : await router.answer(request)
            }
        }
    }

    /// Begins to accept connections.
    /// - Throws: ``HTTPKit/HTTPServerError``.
    package func start() async throws {
        try server.start()
        await state.resume()
    }

    /// The port it listens on, the actual one after ``start()``.
    package var port: UInt16 { server.port }

    /// Stops without delivering unacknowledged callbacks; when the state is in a file, the next sandbox with that state
    /// delivers them.
    package func stop() async {
        await server.stop(graceSeconds: Self.graceSeconds)
        await state.close()
    }
}
