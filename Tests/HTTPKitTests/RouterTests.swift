import HTTPKit
import Synchronization
import Testing
import WorldKit

@Suite("Routing by method and path")
struct RouterTests {
    private static func show(_ method: String, _ path: PathTemplate, _ word: String) -> Route {
        Route(
            method, path, operation: "\(method)\(path)", RouteField("order_id", in: .path).text,
            output: .bytes("text/plain")
        ) { id in Reply(Array("\(word) \(id)".utf8)) }
    }

    private static func fixed(_ method: String, _ path: PathTemplate, _ text: String) -> Route {
        Route.immediate(
            method, path, operation: "\(method)\(path)", output: .bytes("text/plain")
        ) { Reply(Array(text.utf8)) }
    }

    private static let routes = [
        fixed("GET", "/", "root"), show("GET", "/orders/{order_id}", "show"),
        show("DELETE", "/orders/{order_id}", "delete"),
        Route.immediate(
            "GET", "/orders/{order_id}/lines/{line}", operation: "line", RouteField("order_id", in: .path).text,
            RouteField("line", in: .path).integer(in: 1...9), output: .bytes("text/plain")
        ) { id, line in Reply(Array("\(id) \(line)".utf8)) },
        fixed("POST", "/orders/list", "list"), fixed("GET", "/a+b/", "slash at the end"),
        Route(
            "GET", "/files/{bucket}/{key+}", operation: "file", RouteField("bucket", in: .path).text,
            RouteField("key", in: .path).text, output: .bytes("text/plain")
        ) { bucket, key in Reply(Array("\(bucket): \(key)".utf8)) },
        Route(
            "GET", "/files/{bucket}/index", operation: "index", RouteField("bucket", in: .path).text,
            output: .bytes("text/plain")
        ) { bucket in Reply(Array("index of \(bucket)".utf8)) },
    ]

    private static let router = Router(routes, now: { Instant(microseconds: 0) }, refuse: RouterTests.refuse)

    private static let refuse: @Sendable (any Error, HTTPServerRequest) -> HTTPServerAnswer = { error, _ in
        let failure = HTTPFailure(refusing: error) ?? HTTPFailure(status: 500, code: "defect", message: "\(error)")
        return .response(failure.response)
    }

    @Test(arguments: [
        ("GET", "/", "root"), ("HEAD", "/", "root"), ("GET", "/?a=b", "root"), ("GET", "/orders/7", "show 7"),
        ("GET", "/orders/a%2Fb%20c", "show a/b c"), ("DELETE", "/orders/7", "delete 7"),
        ("GET", "/orders/7/lines/2", "7 2"), ("POST", "/orders/list", "list"), ("GET", "/orders/list", "show list"),
        ("GET", "/a%2bb/", "slash at the end"), ("GET", "/files/b/k", "b: k"),
        ("GET", "/files/b/k/l%2Fm/", "b: k/l/m/"),
        ("GET", "/files/b/index", "index of b"), ("GET", "/files/b/index/x", "b: index/x"),
    ])
    func `the router finds the handler and captures decoded segments`(
        _ method: String, _ target: String, _ text: String
    ) async throws {
        let request = try HTTPServerRequest(method: method, target: target)
        #expect(response(await Self.router.answer(request))?.text == text)
    }

    @Test(arguments: [
        "/orders", "/orders/", "/orders//lines/1", "/Orders/7", "/orders/7/", "/a+b", "//", "/orders/7/lines",
        "/files/b", "/files//k",
    ])
    func `an unknown path gets 404`(_ target: String) async throws {
        let response = try #require(response(await Self.router.answer(HTTPServerRequest(target: target))))
        #expect(response.status == 404)
        #expect(response.headers["Content-Type"] == "application/json")
        #expect(response.headers["Allow"] == nil)
        #expect(response.text == #"{"code":"not_found","message":"this path does not exist"}"#)
    }

    @Test(arguments: [
        ("PUT", "/", "GET, HEAD"), ("HEAD ", "/", "GET, HEAD"), ("get", "/", "GET, HEAD"),
        ("POST", "/orders/7", "GET, HEAD, DELETE"), ("PUT", "/orders/list", "POST, GET, HEAD, DELETE"),
        ("PUT", "/files/b/index", "GET, HEAD"),
    ])
    func `an unsupported method gets 405 and the supported ones`(_ method: String, _ target: String, _ allowed: String)
        async throws
    {
        let request = try HTTPServerRequest(method: method, target: target)
        let response = try #require(response(await Self.router.answer(request)))
        #expect(response.status == 405)
        #expect(response.headers["Allow"] == allowed)
        #expect(response.text == #"{"code":"method_not_allowed","message":"this path supports only \#(allowed)"}"#)
    }

    @Test(arguments: ["0", "10", "x", "1.0", "%2B1x"])
    func `a path parameter of another type gets 400`(_ line: String) async throws {
        let request = try HTTPServerRequest(target: "/orders/7/lines/\(line)")
        let response = try #require(response(await Self.router.answer(request)))
        #expect(response.status == 400)
        #expect(response.text == #"{"code":"bad_request","message":"line: not 1 to 9"}"#)
    }

    @Test func `an immediate handler answers without awaiting`() throws {
        func text(_ method: String, _ target: String) throws -> String? {
            response(Self.router.immediateAnswer(try HTTPServerRequest(method: method, target: target)))?.text
        }
        #expect(try text("GET", "/orders/7/lines/2") == "7 2")
        #expect(try text("GET", "/orders/7") == nil)
        #expect(try text("GET", "/nowhere")?.hasPrefix(#"{"code":"not_found""#) == true)
    }

    @Test func `every request is recorded with the path as declared`() async throws {
        let records = Records()
        let router = Router(
            Self.routes, now: { Instant(microseconds: 0) }, refuse: Self.refuse, ended: { records.append($0) })
        for target in ["/orders/secret?a=b", "/orders/7/lines/0", "/nowhere"] {
            _ = await router.answer(try HTTPServerRequest(target: target))
        }
        #expect(
            records.all.map { "\($0.method) \($0.route) \($0.status)" } == [
                "GET /orders/{order_id} 200", "GET /orders/{order_id}/lines/{line} 400", "any none 404",
            ])
        #expect(records.all.map { $0.failure != nil } == [false, true, false])
    }

    private func response(_ answer: HTTPServerAnswer?) -> HTTPResponse? {
        if case .response(let response) = answer { response } else { nil }
    }
}

/// Keeps what a router records.
final class Records: Sendable {
    private let records = Mutex<[RequestRecord]>([])

    var all: [RequestRecord] { records.withLock { $0 } }

    func append(_ record: RequestRecord) { records.withLock { $0.append(record) } }
}
