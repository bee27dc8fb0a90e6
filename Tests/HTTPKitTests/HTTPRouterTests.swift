import HTTPKit
import Testing

@Suite("Routing by method and path")
struct HTTPRouterTests {
    private static let router: HTTPRouter = {
        var router = HTTPRouter()
        router.on("GET", "/") { _, _ in .text("root") }
        router.on("GET", "/orders/{order_id}") { _, values in .text("show \(values["order_id"])") }
        router.on("DELETE", "/orders/{order_id}") { _, values in .text("delete \(values["order_id"])") }
        router.onImmediate("GET", "/orders/{order_id}/lines/{line}") { _, values in
            .text("\(values["order_id"]) \(values["line"])\(values["other"])")
        }
        router.on("POST", "/orders/list") { _, _ in .text("list") }
        router.on("GET", "/a+b/") { _, _ in .text("slash at the end") }
        return router
    }()

    @Test(arguments: [
        ("GET", "/", "root"), ("HEAD", "/", "root"), ("GET", "/?a=b", "root"), ("GET", "/orders/7", "show 7"),
        ("GET", "/orders/a%2Fb%20c", "show a/b c"), ("DELETE", "/orders/7", "delete 7"),
        ("GET", "/orders/7/lines/2", "7 2"), ("POST", "/orders/list", "list"), ("GET", "/orders/list", "show list"),
        ("GET", "/a%2bb/", "slash at the end"),
    ])
    func `the router finds the handler and captures decoded segments`(
        _ method: String, _ target: String, _ text: String
    ) async throws {
        let request = try HTTPServerRequest(method: method, target: target)
        #expect(response(await Self.router.answer(request))?.text == text)
    }

    @Test(arguments: [
        "/orders", "/orders/", "/orders//lines/1", "/Orders/7", "/orders/7/", "/a+b", "//", "/orders/7/lines",
    ])
    func `an unknown path gets 404`(_ target: String) async throws {
        let response = try #require(response(await Self.router.answer(HTTPServerRequest(target: target))))
        #expect(response.status == 404)
        #expect(response.headers["Content-Type"] == "application/json")
        #expect(response.headers["Allow"] == nil)
        #expect(response.text == #"{"code":"not_found","message":"\#(target) not found"}"#)
    }

    @Test(arguments: [
        ("PUT", "/", "GET, HEAD"), ("HEAD ", "/", "GET, HEAD"), ("get", "/", "GET, HEAD"),
        ("POST", "/orders/7", "GET, DELETE, HEAD"), ("PUT", "/orders/list", "GET, DELETE, POST, HEAD"),
    ])
    func `an unsupported method gets 405 and the supported ones`(_ method: String, _ target: String, _ allowed: String)
        async throws
    {
        let request = try HTTPServerRequest(method: method, target: target)
        let response = try #require(response(await Self.router.answer(request)))
        #expect(response.status == 405)
        #expect(response.headers["Allow"] == allowed)
        #expect(response.text.hasPrefix(#"{"code":"method_not_allowed","message":""#))
    }

    @Test
    func `an immediate handler answers without awaiting`() throws {
        func text(_ method: String, _ target: String) throws -> String? {
            response(Self.router.immediateAnswer(try HTTPServerRequest(method: method, target: target)))?.text
        }
        #expect(try text("GET", "/orders/7/lines/2") == "7 2")
        #expect(try text("GET", "/orders/7") == nil)
        #expect(try text("GET", "/nowhere")?.hasPrefix(#"{"code":"not_found""#) == true)
    }

    @Test
    func `routes are listed in order`() {
        #expect(
            Self.router.routes.map { "\($0.method) \($0.pattern)" } == [
                "GET /", "GET /orders/{order_id}", "DELETE /orders/{order_id}", "GET /orders/{order_id}/lines/{line}",
                "POST /orders/list", "GET /a+b/",
            ])
    }

    private func response(_ answer: HTTPServerAnswer?) -> HTTPResponse? {
        if case .response(let response) = answer { response } else { nil }
    }
}
