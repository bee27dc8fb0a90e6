import HTTPKit
import PaymentCore
import Payments
import Synchronization
import TestSupport
import Testing
import WorldKit

@testable import PaymentAPI
@testable import QRPayCLI

/// Payments through a server when answers are lost, late or not available yet.
@Suite struct ServerPaymentTests {
    /// Answers in order, and records the requests.
    private final class Script: HTTPTransport {
        private let steps: Mutex<[Result<HTTPResponse, HTTPTransportError>]>
        private let asked = Mutex<[HTTPRequest]>([])

        init(_ steps: [Result<HTTPResponse, HTTPTransportError>]) { self.steps = Mutex(steps) }

        var requests: [HTTPRequest] { asked.withLock { $0 } }

        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            asked.withLock { $0.append(request) }
            return try steps.withLock { steps in
                guard !steps.isEmpty else {
                    throw HTTPTransportError(
                        code: .cannotConnect, place: "http://server", message: "the script has ended")
                }
                return try steps.removeFirst().get()
            }
        }
    }

    private static func answer(
        _ json: String, status: Int = 200, delay: String? = nil
    ) -> Result<HTTPResponse, HTTPTransportError> {
        var headers = HTTPHeaders([("Content-Type", "application/json")])
        headers["X-Polling-Delay"] = delay
        return .success(HTTPResponse(status: status, headers: headers, body: Array(json.utf8)))
    }

    private static func failure(_ code: HTTPTransportError.Code) -> Result<HTTPResponse, HTTPTransportError> {
        .failure(HTTPTransportError(code: code, place: "http://server", message: "scripted"))
    }

    private static func status(_ status: String, delay: String? = "1") -> Result<HTTPResponse, HTTPTransportError> {
        answer(#"{"message": "…", "status": "\#(status)"}"#, delay: delay)
    }

    private static let preorder = answer(
        #"""
        {"order_id": "o", "restaurant": {"client_id": "cafe", "name": "Cafe"}, "status": "PENDING", "bill_version": 3,
         "currency": "RUB", "amount": "120.50", "lines": [], "payment_methods": []}
        """#)

    private struct Ran {
        var outcome: Result<ServerPayment.Outcome, any Error>
        var requests: [HTTPRequest]
        /// The length of each sleep.
        var pauses: [Double]

        var problem: Problem? { if case .failure(let error) = outcome { Problem(error) } else { nil } }
    }

    private func pay(
        _ steps: [Result<HTTPResponse, HTTPTransportError>], waitSeconds: Double? = 30
    ) async throws -> Ran {
        let script = Script(steps)
        let clock = ShiftedClock()
        let pauses = Mutex<[Double]>([])
        let world = World(
            now: { clock.now },
            sleep: { seconds in
                pauses.withLock { $0.append(seconds) }
                clock.advance(bySeconds: seconds)
            }, randomBytes: { _ in [] }, newID: { "key-1" })
        let link = try Deeplink(
            orderID: "o", restaurantID: "cafe", kid: "k1", hmac: String(repeating: "a", count: 64))
        let guest = GuestClient(
            APIConnection(url: "http://server/", transport: script), gatewayKey: "secret", uid: "u")
        let payment = ServerPayment(
            guest: guest, link: link, paymentMethodID: "card", world: world, waitSeconds: waitSeconds)
        let outcome: Result<ServerPayment.Outcome, any Error>
        do { outcome = .success(try await payment.run(billVersion: nil)) } catch { outcome = .failure(error) }
        return Ran(outcome: outcome, requests: script.requests, pauses: pauses.withLock { $0 })
    }

    @Test func `the bill seen is paid and polled`() async throws {
        let ran = try await pay([Self.preorder, Self.status("WAITING"), Self.status("PAYED"), Self.preorder])
        #expect(try ran.outcome.get().payment.status == .payed)
        #expect(ran.requests.map(\.method) == ["GET", "POST", "GET", "GET"])
        #expect(
            ran.requests.allSatisfy { $0.headers["X-Gateway-Key"] == "secret" && $0.headers["X-Yandex-UID"] == "u" })
        let body = String(decoding: ran.requests[1].body, as: UTF8.self)
        #expect(body.contains(#""bill_version":3"#) && body.contains(#""hmac":"aaaa"#), "\(body)")
        #expect(ran.requests[2].url.hasPrefix("http://server/4.0/payments/v1/orders?order_id=o&wait="))
        #expect(ran.requests[2].url.hasSuffix("&seen=WAITING") && ran.pauses == [])
    }

    @Test func `the server says how long to pause`() async throws {
        let ran = try await pay([
            Self.preorder, Self.status("WAITING"), Self.status("WAITING", delay: "7"),
            Self.status("WAITING", delay: "0.5"), Self.status("WAITING", delay: "soon"), Self.status("DECLINED"),
        ])
        #expect(try ran.outcome.get().payment.status == .declined)
        #expect(try ran.outcome.get().after == nil, "the server shows it no more")
        #expect(ran.pauses.prefix(3) == [7, 0.5, 1])
    }

    @Test(arguments: [HTTPTransportError.Code.timedOut, .connectionLost, .cannotConnect])
    func `a lost answer is requested again under the same key`(code: HTTPTransportError.Code) async throws {
        let ran = try await pay([
            Self.failure(code), Self.preorder, Self.failure(code), Self.answer("{}", status: 503),
            Self.status("WAITING"),
            Self.failure(code), Self.status("PAYED"), Self.preorder,
        ])
        #expect(try ran.outcome.get().payment.status == .payed)
        let posts = ran.requests.filter { $0.method == "POST" }
        #expect(posts.count == 3 && posts.allSatisfy { $0.headers["Idempotency-Key"] == "key-1" })
        #expect(Set(posts.map(\.body)).count == 1)
    }

    @Test func `an unreachable server is given up on`() async throws {
        let ran = try await pay([Self.preorder] + Array(repeating: Self.failure(.timedOut), count: 9))
        #expect(ran.problem?.kind == .partner && ran.problem?.code == "server_timed_out")
        #expect(ran.requests.count == 4)
    }

    @Test func `the time runs out`() async throws {
        let waiting = Array(repeating: Self.status("WAITING", delay: "4"), count: 9)
        let ran = try await pay([Self.preorder] + waiting, waitSeconds: 10)
        #expect(ran.problem?.code == "still_pending")
        #expect(ran.pauses.map { ($0 * 10).rounded() / 10 } == [4, 4, 2])
        let hanging = try await pay(
            [Self.preorder, Self.status("WAITING"), Self.status("WAITING", delay: "10"), Self.failure(.timedOut)],
            waitSeconds: 10)
        #expect(hanging.problem?.code == "still_pending", "late is not away")
    }

    @Test(
        arguments: [
            (400, #"{"code":"bad_request","message":"m"}"#, .invalid, "bad_request"),
            (401, #"{"code":"unauthorized","message":"m"}"#, .unauthenticated, "unauthorized"),
            (403, #"{"code":"bad_deeplink","message":"m"}"#, .forbidden, "bad_deeplink"),
            (404, #"{"code":"order_not_found","message":"m"}"#, .notFound, "order_not_found"),
            (404, #"{"code":"not_found","message":"m"}"#, .partner, "not_a_server"),
            (404, "<html>", .partner, "not_a_server"), (302, "", .partner, "not_a_server"),
            (409, #"{"code":"order_taken","message":"m"}"#, .conflict, "order_taken"),
            (200, "[]", .partner, "not_a_server"), (200, #"{"order_id": 1}"#, .partner, "not_a_server"),
        ] as [(Int, String, Problem.Kind, String)])
    func `a refusal is final`(status: Int, body: String, kind: Problem.Kind, code: String) async throws {
        let ran = try await pay([Self.answer(body, status: status), Self.preorder])
        #expect(ran.problem?.kind == kind && ran.problem?.code == code, "\(String(describing: ran.problem))")
        #expect(ran.requests.count == 1, "it is not asked again")
    }
}
