import HTTPKit
import QRPayDomain
import QRPayPartners
import SigningKit
import Testing

@Suite struct S3ClientTests {
    private static let verifier = AWSSignatureVerifier(
        credentials: [AWSCredentials(accessKeyID: "key", secretAccessKey: "secret")], region: "local", service: "s3")
    private static let epochSeconds = Sample.now.microseconds / 1_000_000

    /// Base URL, and the host a server would see.
    @Test(arguments: [
        ("http://partner:81/base/", "partner:81", "/base"), ("https://s3.local:443", "s3.local", ""),
        ("http://127.0.0.1:80", "127.0.0.1", ""),
    ])
    func signsWhatTheServerSees(baseURL: String, host: String, prefix: String) async throws {
        let transport = ScriptedTransport(.answer(HTTPResponse(status: 200, headers: HTTPHeaders([("ETag", "\"1\"")]))))
        let body = Array("%PDF".utf8)
        try await Sample.s3(transport, endpoint: PartnerEndpoint(baseURL: baseURL))
            .put(key: "order 1/чек+1.pdf", body: body, contentType: "application/pdf")
        let sent = try #require(await transport.sent.first)
        let path = "\(prefix)/receipts/order%201/%D1%87%D0%B5%D0%BA%2B1.pdf"
        #expect(sent.url.hasSuffix(path))
        #expect(sent.headers["host"] == nil)
        #expect(sent.headers["x-amz-content-sha256"] == Hex.encode(SHA256.digest(body)))
        let headers = sent.headers.fields.map { ($0.name, $0.value) } + [("host", host)]
        try Self.verifier.verify(
            method: "PUT", path: path, rawQuery: "", headers: headers, payload: body, now: Self.epochSeconds)
    }

    /// An answer about an object has its tag; whatever else answers 200 has stored nothing.
    @Test func anAnswerWithoutATagIsNotS3s() async throws {
        for call in [
            { (s3: S3Client) in try await s3.put(key: "o/d.pdf", body: [1], contentType: "application/pdf") },
            { (s3: S3Client) in _ = try await s3.exists(key: "o/d.pdf") },
        ] {
            let s3 = Sample.s3(ScriptedTransport(.answer(HTTPResponse(status: 200, body: [60]))))
            await #expect {
                try await call(s3)
            } throws: {
                ($0 as? PartnerError)?.code == .malformed
            }
        }
    }

    @Test func presignsALinkThatExpires() throws {
        let url = try Sample.s3(ScriptedTransport())
            .presignedURL(key: "o/d.pdf", expiresInSeconds: 60, now: Sample.now)
        let parts = url.split(separator: "?").map(String.init)
        #expect(parts[0] == "http://partner:81/base/receipts/o/d.pdf")
        let verify = { (seconds: Int64) in
            try Self.verifier.verify(
                method: "GET", path: "/base/receipts/o/d.pdf", rawQuery: parts[1], headers: [("host", "partner:81")],
                payload: [], now: Self.epochSeconds + seconds)
        }
        try verify(60)
        #expect(throws: AWSSignatureError.expired) { try verify(61) }
    }

    @Test(arguments: ["ftp://partner", "partner", "http:/partner", ""])
    func refusesAnEndpointThatIsNoURL(baseURL: String) async {
        let client = Sample.s3(ScriptedTransport(), endpoint: PartnerEndpoint(baseURL: baseURL))
        let error = await #expect(throws: PartnerError.self) { try await client.exists(key: "k") }
        #expect(error?.code == .unreachable)
    }
}
