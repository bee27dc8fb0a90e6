import HTTPKit
import JSONKit
import PaymentPartners
import Testing

/// How every client tells a usable response from everything else.
@Suite struct PartnerErrorMappingTests {
    struct Trouble: Sendable, CustomTestStringConvertible {
        var name: String
        var step: ScriptedTransport.Step
        var expected: PartnerError.Code
        var isOutcomeUnknown: Bool
        /// Only where the response has to be JSON or a PDF.
        var needsContent = false
        var testDescription: String { name }
    }

    static let troubles: [Trouble] = [
        Trouble(name: "refused", step: .failure(.cannotConnect), expected: .unreachable, isOutcomeUnknown: false),
        Trouble(name: "bad URL", step: .failure(.invalidURL), expected: .unreachable, isOutcomeUnknown: false),
        Trouble(name: "TLS", step: .failure(.insecure), expected: .unreachable, isOutcomeUnknown: false),
        Trouble(name: "timeout", step: .failure(.timedOut), expected: .timedOut, isOutcomeUnknown: true),
        Trouble(name: "reset", step: .failure(.connectionLost), expected: .interrupted, isOutcomeUnknown: true),
        Trouble(name: "other", step: .failure(.other), expected: .interrupted, isOutcomeUnknown: true),
        Trouble(name: "too large", step: .failure(.responseTooLarge), expected: .malformed, isOutcomeUnknown: true),
        Trouble(
            name: "500", step: .json("{}", status: 500), expected: .serverError(status: 500), isOutcomeUnknown: true),
        Trouble(
            name: "429", step: .json("{}", status: 429), expected: .serverError(status: 429), isOutcomeUnknown: true),
        Trouble(name: "302", step: .json("{}", status: 302), expected: .malformed, isOutcomeUnknown: true),
        Trouble(
            name: "409 with a code", step: .json(#"{"code":"key_reused","message":"no"}"#, status: 409),
            expected: .rejected(status: 409, code: "key_reused"), isOutcomeUnknown: false),
        Trouble(
            name: "403 in XML",
            step: .json("<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>", status: 403),
            expected: .rejected(status: 403, code: "SignatureDoesNotMatch"), isOutcomeUnknown: false),
        Trouble(
            name: "400 in HTML", step: .json("<html>no</html>", status: 400),
            expected: .rejected(status: 400, code: "http_400"), isOutcomeUnknown: false),
        Trouble(
            name: "a code that is no word", step: .json(#"{"code":"a b\u001b[2J","message":"no"}"#, status: 422),
            expected: .rejected(status: 422, code: "http_422"), isOutcomeUnknown: false),
        Trouble(
            name: "garbage", step: .json("\u{1}\u{2}<<<"), expected: .malformed, isOutcomeUnknown: true,
            needsContent: true),
        Trouble(
            name: "half", step: .json(#"{"id": "#), expected: .malformed, isOutcomeUnknown: true, needsContent: true),
        Trouble(name: "empty", step: .json(""), expected: .malformed, isOutcomeUnknown: true, needsContent: true),
        Trouble(
            name: "oversize", step: .answer(HTTPResponse(status: 200, body: Array(repeating: 32, count: 33 << 20))),
            expected: .malformed, isOutcomeUnknown: true),
    ]

    @Test(arguments: Sample.calls, troubles)
    func `responses map to partner errors`(call: PartnerCallCase, trouble: Trouble) async throws {
        guard call.answersJSON || !trouble.needsContent else { return }
        let error = await #expect(throws: PartnerError.self) {
            try await call.perform(ScriptedTransport(trouble.step))
        }
        #expect(error?.partner == call.partner)
        #expect(error?.code == trouble.expected)
        #expect(error?.isOutcomeUnknown == trouble.isOutcomeUnknown)
        #expect(error?.action.contains("/") == true)
    }

    @Test(arguments: Sample.calls)
    func `a 404 is nil only with the partner's code`(call: PartnerCallCase) async throws {
        let transport = ScriptedTransport(.json(#"{"code":"not_found","message":""}"#, status: 404))
        if call.toleratesNotFound {
            try await call.perform(transport)
        } else {
            await #expect(throws: PartnerError.self) { try await call.perform(transport) }
        }
    }

    @Test(arguments: Sample.calls)
    func `cancellation passes through`(call: PartnerCallCase) async {
        struct Canceling: HTTPTransport {
            func send(_ request: HTTPRequest) async throws -> HTTPResponse { throw CancellationError() }
        }
        await #expect(throws: CancellationError.self) { try await call.perform(Canceling()) }
    }

    @Test func `messages are bounded and printable`() async throws {
        let message = "line\nbreak\u{1b}[31m\u{202e}" + String(repeating: "x", count: 1000)
        let body = try JSON.message(PartnerProblem(code: "no", message: message))
        let error = await #expect(throws: PartnerError.self) {
            try await HTTPEdaClient(
                endpoint: Sample.endpoint,
                transport: ScriptedTransport(.answer(HTTPResponse(status: 400, body: body)))
            ).createOrder(Sample.order)
        }
        let shown = try #require(error?.message)
        #expect(shown.unicodeScalars.count == 200)
        #expect(shown.hasPrefix("line\u{fffd}break\u{fffd}[31m\u{fffd}xx"))
    }
}
