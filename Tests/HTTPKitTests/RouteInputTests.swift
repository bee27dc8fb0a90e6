import HTTPKit
import JSONKit
import Testing
import WorldKit

@Suite("Typed inputs of routes, and who may use them")
struct RouteInputTests {
    private struct Meal: Codable, JSONMessage {
        static let schema = JSONSchema.object(["name": .string(from: 1), "price": .integer(in: 0...1000)])

        var name: String
        var price: Int
    }

    private enum Size: String { case small, large }

    private static let guests = RouteAccess("guests", schemes: ["key"], failures: [401])

    private static let order = Route(
        "POST", "/tables/{table}/meals", operation: "orderMeal", summary: "Order a meal", access: guests,
        RouteField("table", in: .path, "The table", .integer(in: 1...99)).integer(in: 1...99),
        RouteField("size", "How much", .word(["small", "large"])).optionalWord(Size.self),
        RouteField("X-Guest", in: .header, "Who orders").text,
        RouteInput.json(Meal.self, maximumBytes: 60),
        output: .json(Meal.self, "As ordered", headers: [.init("X-Table", "The table", .string())]), failures: [409]
    ) { table, size, guest, meal in
        guard meal.name != "stone" else {
            throw HTTPFailure(status: 409, code: "not_edible", message: "a stone is not a meal")
        }
        let name = "\(meal.name), \(size?.rawValue ?? "normal"), for \(guest)"
        return Reply(Meal(name: name, price: meal.price), headers: [("X-Table", "\(table)")])
    }

    private static let gate = RouteGate(
        check: { access, request in
            guard access == .anyone || request.headers["Key"] != nil else {
                throw HTTPFailure(status: 401, code: "no_key", message: "")
            }
        },
        confirmation: { access in
            guard access == guests else { return nil }
            return { request in
                guard request.headers["Key"] == "good" else {
                    throw HTTPFailure(status: 401, code: "bad_key", message: "")
                }
            }
        })

    private static let router = Router(
        [order, Route("GET", "/menu", operation: "showMenu", output: .empty) { Reply() }], gate: gate,
        now: { Instant(microseconds: 0) },
        refuse: { error, _ in
            let failure = HTTPFailure(refusing: error) ?? HTTPFailure(status: 500, code: "defect", message: "\(error)")
            return .response(failure.response)
        })

    private static func request(
        _ target: String = "/tables/7/meals", _ headers: [(String, String)] = [("Key", "good"), ("X-Guest", "Ann")],
        _ body: String = #"{"name":"soup","price":5}"#
    ) throws -> HTTPServerRequest {
        try HTTPServerRequest(
            method: "POST", target: target, headers: HTTPHeaders(headers), body: Array(body.utf8))
    }

    private static func answer(_ request: HTTPServerRequest) async throws -> HTTPResponse {
        guard case .response(let response) = await router.answer(request) else { throw HTTPFailure.noResponse }
        return response
    }

    @Test func `a handler gets every input in its type`() async throws {
        let response = try await Self.answer(try Self.request("/tables/7/meals?size=large&other=1"))
        #expect(response.status == 200 && response.headers["X-Table"] == "7")
        #expect(response.text == #"{"name":"soup, large, for Ann","price":5}"#)
        let plain = try await Self.answer(try Self.request())
        #expect(plain.text == #"{"name":"soup, normal, for Ann","price":5}"#)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var name: String
        var target = "/tables/7/meals"
        var headers = [("Key", "good"), ("X-Guest", "Ann")]
        var body = #"{"name":"soup","price":5}"#
        var status = 400
        var code = "bad_request"
        var message: String

        var testDescription: String { name }
    }

    @Test(arguments: [
        Refusal(name: "the path is no number", target: "/tables/x/meals", message: "table: not 1 to 99"),
        Refusal(name: "the path is out of range", target: "/tables/100/meals", message: "table: not 1 to 99"),
        Refusal(name: "an unknown word", target: "/tables/7/meals?size=huge", message: "size: not an allowed value"),
        Refusal(
            name: "a repeated query", target: "/tables/7/meals?size=small&size=small",
            message: "size: given more than once"),
        Refusal(name: "a missing header", headers: [("Key", "good")], message: "X-Guest: missing"),
        Refusal(
            name: "a repeated header", headers: [("Key", "good"), ("X-Guest", "a"), ("x-guest", "b")],
            message: "X-Guest: given more than once"),
        Refusal(name: "no JSON", body: "soup", message: "line 1, column 1: not valid JSON: unexpected \"s\""),
        Refusal(name: "no body", body: "", message: "line 1, column 1: not valid JSON: unexpected end of text"),
        Refusal(name: "a missing field", body: #"{"name":"soup"}"#, message: "price: missing"),
        Refusal(name: "a field of another type", body: #"{"name":1,"price":5}"#, message: "name: of the wrong type"),
        Refusal(
            name: "a long body", body: #"{"name":"\#(String(repeating: "x", count: 60))","price":5}"#, status: 413,
            code: "body_too_large", message: "a body has at most 60 bytes"),
        Refusal(
            name: "the handler refuses", body: #"{"name":"stone","price":5}"#, status: 409, code: "not_edible",
            message: "a stone is not a meal"),
        Refusal(name: "no key", headers: [("X-Guest", "Ann")], status: 401, code: "no_key", message: ""),
    ])
    func `a request that does not fit is refused with its field`(_ refusal: Refusal) async throws {
        let response = try await Self.answer(try Self.request(refusal.target, refusal.headers, refusal.body))
        #expect(response.status == refusal.status)
        let json: JSONValue = ["code": .string(refusal.code), "message": .string(refusal.message)]
        #expect(response.text == json.compact)
    }

    @Test(
        arguments: [
            ("a good key", "POST", "/tables/7/meals", "good", nil), ("no key", "POST", "/tables/7/meals", "", "no_key"),
            ("a bad key", "POST", "/tables/7/meals", "bad", "bad_key"),
            ("a route without body", "GET", "/menu", "good", "bad_request"),
            ("an unknown path", "POST", "/nowhere", "good", "not_found"),
            ("another method", "PUT", "/menu", "good", "method_not_allowed"),
        ] as [(String, String, String, String, String?)])
    func `a body is read only from a caller who may send it`(
        name: String, method: String, target: String, key: String, code: String?
    ) async throws {
        let headers = HTTPHeaders(key.isEmpty ? [] : [("Key", key)])
        let request = try HTTPServerRequest(method: method, target: target, headers: headers)
        let refused: HTTPServerAnswer? =
            switch Self.router.admission(request) {
            case .granted: nil
            case .refused(let answer): answer
            case .later(let decide): await decide()
            }
        guard case .response(let response)? = refused else {
            #expect(refused == nil && code == nil)
            return
        }
        #expect(response.text.hasPrefix(#"{"code":"\#(code ?? "none")""#))
    }

    @Test func `the document describes inputs, outputs and refusals`() throws {
        let document = OpenAPIDocument(
            title: "Meals", version: "1", description: "", securitySchemes: ["key": ["type": "apiKey"]],
            reasons: [409: "Not edible"])
        let value = document.json(Self.router.routes)
        let operation = try #require(
            value.object?["paths"]?.object?["/tables/{table}/meals"]?.object?["post"]?.object)
        #expect(operation["operationId"] == "orderMeal")
        #expect(operation["security"]?.compact == #"[{"key":[]}]"#)
        #expect(
            operation["parameters"]?.compact == """
                [{"name":"table","in":"path","required":true,"description":"The table",\
                "schema":{"type":"integer","minimum":1,"maximum":99}},\
                {"name":"size","in":"query","required":false,"description":"How much",\
                "schema":{"type":"string","enum":["small","large"]}},\
                {"name":"X-Guest","in":"header","required":true,"description":"Who orders","schema":{"type":"string"}}]
                """)
        let schema = Meal.schema.json.compact
        #expect(
            operation["requestBody"]?.compact
                == #"{"required":true,"content":{"application/json":{"schema":\#(schema)}}}"#)
        let responses = try #require(operation["responses"]?.object)
        #expect(responses.members.map(\.name) == ["200", "400", "401", "409", "413", "500", "503"])
        #expect(responses["409"]?.object?["description"] == "Not edible")
        #expect(responses["200"]?.object?["headers"]?.object?["X-Table"] != nil)
        let menu = value.object?["paths"]?.object?["/menu"]?.object?["get"]?.object
        #expect(menu?["responses"]?.object?.members.map(\.name) == ["204", "500", "503"])
        #expect(menu?["parameters"] == nil && menu?["requestBody"] == nil)
    }
}

extension HTTPFailure {
    fileprivate static let noResponse = HTTPFailure(status: 0, code: "no_response", message: "")
}
