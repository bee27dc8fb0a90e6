import HTTPKit

/// Runs `body` against an ``HTTPServer`` on a free port, and stops it afterwards.
func withServer<Value>(
    limits: HTTPServerLimits = HTTPServerLimits(),
    immediate: (@Sendable (HTTPServerRequest) -> HTTPServerAnswer?)? = nil,
    handler: @escaping @Sendable (HTTPServerRequest) async -> HTTPServerAnswer,
    body: (HTTPServer) async throws -> Value
) async throws -> Value {
    let server = HTTPServer(
        listen: SocketAddress(host: "127.0.0.1", port: 0), limits: limits,
        handlers: HTTPServerHandlers(immediate: immediate, handle: handler))
    try server.start()
    do {
        let value = try await body(server)
        await server.stop(graceSeconds: 0)
        return value
    } catch {
        await server.stop(graceSeconds: 0)
        throw error
    }
}

/// Answers with the request's method, path and body.
@Sendable func echo(_ request: HTTPServerRequest) async -> HTTPServerAnswer {
    .text("\(request.method) \(request.path) \(String(decoding: request.body, as: UTF8.self))")
}

extension HTTPServerAnswer {
    static func text(_ text: String, status: Int = 200) -> HTTPServerAnswer {
        .response(HTTPResponse(status: status, headers: HTTPHeaders([("X-Kind", "text")]), body: Array(text.utf8)))
    }
}

extension HTTPServer {
    var url: String { "http://127.0.0.1:\(port)" }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}
