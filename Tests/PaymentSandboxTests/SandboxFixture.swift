import FoundationEssentials
import HTTPKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import SigningKit
import Testing

/// A sandbox on loopback, its clients, and a receiver of its callbacks.
struct SandboxFixture: Sendable {
    let sandbox: Sandbox
    let clock: ManualClock
    let transport: CurlTransport
    let callbacks: AsyncStream<PaymentCallback>
    let callbackURL: String

    /// Runs `body` with a fresh sandbox, and stops everything afterwards.
    static func run(
        state: Sandbox.StateLocation = .memory, settings: SandboxSettings = SandboxSettings(),
        _ body: (SandboxFixture) async throws -> Void
    ) async throws {
        let transport = CurlTransport()
        let clock = ManualClock()
        let sandbox = try await Sandbox(
            listen: SocketAddress(host: "127.0.0.1", port: 0), state: state, settings: settings, world: clock.world,
            transport: transport)
        let (stream, reports) = AsyncStream.makeStream(of: PaymentCallback.self)
        let listener = HTTPServer(listen: SocketAddress(host: "127.0.0.1", port: 0)) { request in
            guard let callback = try? PaymentCallback(json: request.body) else {
                return .response(HTTPResponse(status: 400))
            }
            reports.yield(callback)
            return .response(HTTPResponse(status: 204))
        }
        try listener.start()
        try await sandbox.start()
        let fixture = SandboxFixture(
            sandbox: sandbox, clock: clock, transport: transport, callbacks: stream,
            callbackURL: "http://127.0.0.1:\(listener.port)/callback")
        let result: Result<Void, any Error>
        do { result = .success(try await body(fixture)) } catch { result = .failure(error) }
        await sandbox.stop()
        await listener.stop(graceSeconds: 0)
        try result.get()
    }

    func endpoint(_ partner: Partner, timeoutSeconds: Double = 120) -> PartnerEndpoint {
        PartnerEndpoint(
            baseURL: "http://127.0.0.1:\(sandbox.port)/\(partner.rawValue)", timeoutSeconds: timeoutSeconds)
    }

    var eda: HTTPEdaClient { HTTPEdaClient(endpoint: endpoint(.eda), transport: transport) }
    var transactions: HTTPTransactionsClient {
        HTTPTransactionsClient(endpoint: endpoint(.transactions), transport: transport)
    }
    var cashback: HTTPCashbackClient { HTTPCashbackClient(endpoint: endpoint(.cashback), transport: transport) }
    var cardstorage: HTTPCardstorageClient {
        HTTPCardstorageClient(endpoint: endpoint(.cardstorage), transport: transport)
    }
    var check: HTTPCheckClient { HTTPCheckClient(endpoint: endpoint(.check), transport: transport) }
    var s3: S3Client { s3(SandboxCredentials.aws) }

    func s3(_ credentials: AWSCredentials) -> S3Client {
        S3Client(
            endpoint: endpoint(.s3), bucket: SandboxCredentials.bucket, region: SandboxCredentials.region,
            credentials: credentials, transport: transport, now: { clock.now })
    }

    /// Sends a request as it is; the path begins with a slash.
    func send(_ method: String, _ path: String, _ body: String = "") async throws -> HTTPResponse {
        try await transport.send(
            HTTPRequest(
                method: method, url: "http://127.0.0.1:\(sandbox.port)\(path)",
                headers: HTTPHeaders([("Content-Type", "application/json")]), body: Array(body.utf8),
                timeoutSeconds: 120))
    }

    var control: SandboxControl {
        SandboxControl(partnersURL: "http://127.0.0.1:\(sandbox.port)", transport: transport)
    }

    func snapshot() async throws -> SandboxSnapshot { try await control.state() }

    static let amount = Money(minorUnits: 12_000, currency: .rub)

    /// An invoice `id` with a hold under number 1.
    func hold(_ id: String = "e", card: Card = .approve) async throws -> PaymentOperation {
        try await transactions.createInvoice(
            InvoiceRequest(invoiceID: id, orderID: "o", uid: "u", amount: Self.amount, callbackURL: callbackURL))
        return try await transactions.start(
            OperationRequest(
                invoiceID: id, number: 1, kind: .hold, amount: Self.amount, paymentMethodID: card.rawValue))
    }

    func start(_ number: Int, _ kind: PaymentOperation.Kind, _ amount: Money = amount) async throws -> PaymentOperation
    {
        try await transactions.start(OperationRequest(invoiceID: "e", number: number, kind: kind, amount: amount))
    }
}
