import EncodingKit
import HTTPKit
import PaymentPartners
import PaymentSandbox
import SigningKit
import TestSupport
import Testing
import WorldKit

/// The sandbox accepts requests and answers them as the partners do: golden files, which the clients are tested with
/// too.
@Suite struct PartnerMessageTests {
    enum Step: Sendable {
        /// The golden request must be answered as the golden response says, apart from fields that vary.
        case exchange(String, varying: Set<String> = [])
        /// Time passes.
        case seconds(Double)
    }

    struct Story: Sendable, CustomTestStringConvertible {
        var name: String
        var steps: [Step]

        var testDescription: String { name }
    }

    private static let messages: Set<String> = ["message"]
    private static let fiscal: Set<String> = [
        "userInn", "retailPlaceAddress", "dateTime", "shiftNumber", "requestNumber", "kktRegId", "kktNumber",
        "fiscalDriveNumber", "fiscalDocumentNumber", "fiscalSign", "price", "sum", "ndsSum", "nds20",
    ]

    static let stories: [Story] = [
        Story(
            name: "an order and its receipts",
            steps: [
                .exchange("eda/push-items.unknown-order", varying: messages), .exchange("eda/create-order"),
                .exchange("eda/create-order"), .exchange("eda/create-order.reused", varying: messages),
                .exchange("eda/receipt.not-yet", varying: messages), .exchange("eda/push-items"),
                .exchange("eda/receipt.not-yet", varying: messages), .seconds(1),
                .exchange("eda/receipt", varying: fiscal), .exchange("eda/push-items.refund"),
            ]),
        Story(name: "a prepaid bill", steps: [.exchange("eda/create-order"), .exchange("eda/push-items.prepaid")]),
        Story(
            name: "a payment and a refund",
            steps: [
                .exchange("transactions/invoice.unknown", varying: messages),
                .exchange("transactions/hold.unknown-invoice", varying: messages),
                .exchange("transactions/create-invoice"),
                .exchange("transactions/create-invoice.reused", varying: messages),
                .exchange("transactions/hold.unknown-method", varying: messages),
                .exchange("transactions/hold"), .exchange("transactions/hold"),
                .exchange("transactions/hold.reused", varying: messages), .exchange("transactions/clear"),
                .exchange("transactions/refund"), .exchange("transactions/invoice"),
            ]),
        Story(
            name: "a declined hold",
            steps: [.exchange("transactions/create-invoice"), .exchange("transactions/hold.declined")]),
        Story(
            name: "a pending hold",
            steps: [.exchange("transactions/create-invoice"), .exchange("transactions/hold.pending")]),
        Story(
            name: "a void",
            steps: [
                .exchange("transactions/create-invoice"), .exchange("transactions/hold"),
                .exchange("transactions/void"),
            ]),
        Story(
            name: "payment methods",
            steps: [
                .exchange("cardstorage/payment-methods", varying: ["payment_methods"]),
                .exchange("cardstorage/payment-methods.no-user"),
            ]),
        Story(
            name: "cashback",
            steps: [
                .exchange("cashback/accrue", varying: ["at"]), .exchange("cashback/accrue", varying: ["at"]),
                .exchange("cashback/accrue.reused", varying: messages),
                .exchange("cashback/claw-back", varying: ["at"]),
            ]),
        Story(
            name: "receipts in PDF",
            steps: [.exchange("check/pdf"), .exchange("check/pdf.bad-receipt", varying: messages)]),
        Story(
            name: "objects",
            steps: [
                .exchange("s3/head.missing"), .exchange("s3/get.missing"), .exchange("s3/put"), .exchange("s3/head"),
                .exchange("s3/get"), .exchange("s3/get.no-bucket"),
            ]),
    ]

    @Test(arguments: stories)
    func `the sandbox answers as the partner does`(_ story: Story) async throws {
        try await SandboxFixture.run { sandbox async throws in
            for step in story.steps {
                switch step {
                case .seconds(let seconds): sandbox.clock.advance(bySeconds: seconds)
                case .exchange(let name, let varying):
                    let exchange = try PartnerExchange(name)
                    let answer = try await sandbox.send(exchange)
                    let differences = try Self.differences(answer, exchange.response, varying)
                    #expect(differences.isEmpty, "\(name): \(differences)")
                }
            }
        }
    }

    private static func differences(
        _ answer: HTTPResponse, _ golden: PartnerExchange.Message, _ varying: Set<String>
    ) throws -> [String] {
        guard answer.status == golden.status else {
            return ["\(answer.status) instead of \(golden.status): \(String(decoding: answer.body, as: UTF8.self))"]
        }
        var differences = golden.headers.filter { answer.headers[$0.name] != $0.value }.map(\.name)
        switch golden.header("Content-Type") {
        case "application/json":
            differences += try ReceivedJSON(answer.body).differences(from: golden.json(), varying: varying)
        case "application/xml":
            let (own, its) = (elements(answer.body), elements(golden.body))
            if own != its { differences.append("elements \(own) instead of \(its)") }
        default: if !answer.body.starts(with: golden.body.prefix(5)) { differences.append("the body") }
        }
        return differences
    }

    /// The names of XML elements, in order, with the content of `Code`. An answer to `HEAD` has none.
    private static func elements(_ xml: [UInt8]) -> [String] {
        String(decoding: xml, as: UTF8.self).matches(of: #/<([A-Z][A-Za-z]*)>([^<]*)/#).map {
            $0.output.1 == "Code" ? "Code \($0.output.2)" : String($0.output.1)
        }
    }

    /// A callback, as transactions sends it, for a hold whose request is golden too.
    @Test(arguments: [
        ("transactions/hold", "transactions/callback"),
        ("transactions/hold.declined", "transactions/callback.declined"),
    ])
    func `the sandbox reports as transactions does`(hold: String, callback: String) async throws {
        let golden = try PartnerExchange(callback).request
        let (stream, bodies) = AsyncStream.makeStream(of: HTTPServerRequest.self)
        let listener = HTTPServer(listen: SocketAddress(host: "127.0.0.1", port: 0)) { request in
            bodies.yield(request)
            return .response(HTTPResponse(status: 200))
        }
        try listener.start()
        do {
            try await SandboxFixture.run { sandbox async throws in
                let url = "http://127.0.0.1:\(listener.port)"
                let created = try await sandbox.send(try PartnerExchange("transactions/create-invoice")) {
                    $0.replacing("http://127.0.0.1:8780", with: url)
                }
                #expect(created.status == 200)
                #expect(try await sandbox.send(try PartnerExchange(hold)).status == 200)
                let report = try #require(await stream.first { _ in true })
                #expect(report.method == golden.method && report.target == golden.target)
                #expect(report.headers["Content-Type"] == golden.header("Content-Type"))
                #expect(try ReceivedJSON(report.body).differences(from: golden.json()).isEmpty)
            }
        } catch {
            await listener.stop(graceSeconds: 0)
            throw error
        }
        await listener.stop(graceSeconds: 0)
    }
}

extension SandboxFixture {
    /// Sends a golden request; one to S3 with a signature.
    func send(_ exchange: PartnerExchange, editing: (String) -> String = { $0 }) async throws -> HTTPResponse {
        let message = exchange.request
        var headers = message.headers.map { ($0.name, $0.value) }
        let path = "/\(exchange.partner)\(message.target)"
        let body = Array(editing(String(decoding: message.body, as: UTF8.self)).utf8)
        if exchange.partner == "s3" {
            let signer = AWSSigner(
                credentials: SandboxCredentials.aws, region: SandboxCredentials.region, service: "s3")
            headers = signer.signedHeaders(
                method: message.method, path: path, query: [],
                headers: headers + [("host", "127.0.0.1:\(sandbox.port)")],
                payloadHash: Hex.encode(SHA256.digest(body)),
                at: clock.now.microseconds / 1_000_000
            ).filter { $0.0 != "host" }
        }
        return try await transport.send(
            HTTPRequest(
                method: message.method, url: "http://127.0.0.1:\(sandbox.port)\(path)",
                headers: HTTPHeaders(headers), body: body, timeoutSeconds: 120))
    }
}
