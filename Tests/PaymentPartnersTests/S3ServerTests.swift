import FoundationEssentials
import HTTPKit
import PaymentCore
import PaymentPartners
import SigningKit
import Testing
import WorldKit

/// A real S3 server, named by the environment; `scripts/check-s3` starts one and runs this.
private struct S3Server: Sendable {
    var url: String
    var bucket: String
    var region: String
    var credentials: AWSCredentials

    /// Nil unless all of its variables are set: `QRPAY_TEST_S3_URL`, `…_BUCKET`, `…_REGION`, `…_KEY`, `…_SECRET`.
    static let named: S3Server? = {
        func variable(_ name: String) -> String? { ProcessInfo.processInfo.environment["QRPAY_TEST_S3_\(name)"] }
        guard let url = variable("URL"), let bucket = variable("BUCKET"), let region = variable("REGION"),
            let key = variable("KEY"), let secret = variable("SECRET")
        else { return nil }
        return S3Server(
            url: url, bucket: bucket, region: region,
            credentials: AWSCredentials(accessKeyID: key, secretAccessKey: secret))
    }()

    func client(bucket: String? = nil, secret: String? = nil) -> S3Client {
        var credentials = credentials
        if let secret { credentials = AWSCredentials(accessKeyID: credentials.accessKeyID, secretAccessKey: secret) }
        return S3Client(
            endpoint: PartnerEndpoint(baseURL: url, timeoutSeconds: 10), bucket: bucket ?? self.bucket,
            region: region, credentials: credentials, transport: CurlTransport(), now: { Instant(Date()) })
    }
}

@Suite(.enabled(if: S3Server.named != nil, "names no S3 server; scripts/check-s3 does"))
struct S3ServerTests {
    private let server: S3Server
    /// Objects of one run have unique names.
    private let run = UUID().uuidString

    init() throws { server = try #require(S3Server.named) }

    @Test(
        arguments: [
            "plain.pdf", "order-1/e-1.pdf", "чек/счёт №1.pdf", "with space.pdf", "a+b=c&d.pdf", "100%.pdf",
            "percent%2Fencoded.pdf", "deep/er/and/deeper.pdf", "quote'\"(1)!*.pdf", "semi;colon:comma,.pdf",
            "tilde~-_.pdf", "emoji-🧾.pdf", "q?uestion#hash.pdf",
        ])
    func `keeps an object under any key`(_ name: String) async throws {
        let (client, key) = (server.client(), "\(run)/\(name)")
        let body = Array("%PDF-1.7 \(name)".utf8) + [0, 0xFF, 0x0D, 0x0A]
        #expect(try await !client.exists(key: key))
        try await client.put(key: key, body: body, contentType: "application/pdf")
        #expect(try await client.exists(key: key))
        #expect(try await client.get(key: key) == body)
        try await client.put(key: key, body: body + body, contentType: "application/pdf")
        #expect(try await client.get(key: key) == body + body, "the newest content counts")

        let link = try client.presignedURL(key: key, expiresInSeconds: 60, now: Instant(Date()))
        let fetched = try await CurlTransport().send(HTTPRequest(url: link))
        #expect(fetched.status == 200 && fetched.body == body + body)
    }

    @Test(arguments: [0, 1, 1 << 20])
    func `keeps bodies of any size`(_ count: Int) async throws {
        let (client, key) = (server.client(), "\(run)/size-\(count)")
        let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await client.put(key: key, body: body, contentType: "application/octet-stream")
        #expect(try await client.get(key: key) == body)
    }

    @Test func `a missing object is not an error`() async throws {
        let client = server.client()
        #expect(try await !client.exists(key: "\(run)/missing.pdf"))
        let error = await #expect(throws: PartnerError.self) { try await client.get(key: "\(run)/missing.pdf") }
        #expect(error?.code == .rejected(status: 404, code: "NoSuchKey"))
    }

    @Test func `a missing bucket is reported`() async throws {
        let error = await #expect(throws: PartnerError.self) {
            try await server.client(bucket: "no-such-bucket").get(key: "k")
        }
        #expect(error?.code == .rejected(status: 404, code: "NoSuchBucket"))
    }

    @Test func `a wrong secret is refused`() async throws {
        let (client, key) = (server.client(), "\(run)/secret.pdf")
        try await client.put(key: key, body: [1], contentType: "application/pdf")
        let stranger = server.client(secret: "wrong")
        let refused = await #expect(throws: PartnerError.self) {
            try await stranger.put(key: key, body: [2], contentType: "application/pdf")
        }
        #expect(refused?.code == .rejected(status: 403, code: "SignatureDoesNotMatch"))
        await #expect(throws: PartnerError.self) { try await stranger.get(key: key) }
        await #expect(throws: PartnerError.self) { try await stranger.exists(key: key) }
        #expect(try await client.get(key: key) == [1], "nothing was written")

        let link = try stranger.presignedURL(key: key, expiresInSeconds: 60, now: Instant(Date()))
        #expect(try await CurlTransport().send(HTTPRequest(url: link)).status == 403)
    }

    /// The sandbox's tests check that links expire: rclone does not check it.
    @Test func `a link is for one object and method`() async throws {
        let client = server.client()
        for name in ["a.pdf", "b.pdf"] {
            try await client.put(key: "\(run)/\(name)", body: Array(name.utf8), contentType: "application/pdf")
        }
        let link = try client.presignedURL(key: "\(run)/a.pdf", expiresInSeconds: 60, now: Instant(Date()))
        let transport = CurlTransport()
        #expect(try await transport.send(HTTPRequest(url: link)).status == 200)
        #expect(try await transport.send(HTTPRequest(url: link.replacing("a.pdf", with: "b.pdf"))).status == 403)
        #expect(try await transport.send(HTTPRequest(method: "PUT", url: link, body: [1])).status == 403)
    }
}
