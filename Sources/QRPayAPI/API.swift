package import HTTPKit
package import QRPayServices

/// The HTTP API of iiko-integration and payments-eda, as far as it is served.
package final class API: Sendable {
    private let server: HTTPServer

    package init(listen: SocketAddress, services: Services) {
        var routes = Routes()
        routes.addPaymentCallback(services)
        server = HTTPServer(listen: listen) { [routes] in await routes.answer($0) }
    }

    /// Begins to accept connections.
    /// - Throws: ``HTTPKit/HTTPServerError``.
    package func start() throws { try server.start() }

    /// The port it listens on, the real one after ``start()``.
    package var port: UInt16 { server.port }

    package func stop(graceSeconds: Double) async { await server.stop(graceSeconds: graceSeconds) }
}
