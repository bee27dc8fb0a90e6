import EncodingKit
import HTTPKit
import PaymentCore
import PaymentPartners
import SigningKit
import Testing
import WorldKit

@Suite struct S3ClientTests {
    private static let verifier = AWSSignatureVerifier(
        credentials: [AWSCredentials(accessKeyID: "key", secretAccessKey: "secret")], region: "local", service: "s3")
    private static let epochSeconds = Sample.now.microseconds / 1_000_000

    /// Base URL, and the host a server would see.
    @Test(arguments: [
        ("http://partner:81/base/", "partner:81", "/base"), ("https://s3.local:443", "s3.local", ""),
        ("http://127.0.0.1:80", "127.0.0.1", ""),
    ])
    func `signs what the server sees`(baseURL: String, host: String, prefix: String) async throws {
        let transport = ScriptedTransport(Self.answer(), Self.answer())
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

    private static func answer(_ fields: (String, String)...) -> ScriptedTransport.Step {
        .answer(HTTPResponse(status: 200, headers: HTTPHeaders([("ETag", "\"1\"")] + fields)))
    }

    /// The responses to PUT and, where the store reports no checksum, to HEAD.
    static let uploads: [(String, [ScriptedTransport.Step], isWhole: Bool)] = [
        ("the checksum", [answer(("x-amz-checksum-sha256", "MV1Cm3cUzttq0ErDEkAUUldpJjBFfzyIJTxb7OrHYCc="))], true),
        ("another checksum", [answer(("x-amz-checksum-sha256", "AAAA"))], false),
        ("the length", [answer(), answer(("Content-Length", "4"))], true),
        ("another length", [answer(), answer(("Content-Length", "3"))], false),
        ("neither", [answer(), answer()], true),
    ]

    @Test(arguments: uploads)
    func `the stored content is verified`(said: String, answers: [ScriptedTransport.Step], isWhole: Bool) async throws {
        let transport = ScriptedTransport(answers)
        let put = { try await Sample.s3(transport).put(key: "k", body: Array("%PDF".utf8), contentType: "a/b") }
        if isWhole {
            try await put()
        } else {
            let error = await #expect(throws: PartnerError.self) { try await put() }
            #expect(error?.code == .malformed && error?.message.contains("not what was sent") == true)
        }
        #expect(await transport.sent.map(\.method) == (answers.count == 1 ? ["PUT"] : ["PUT", "HEAD"]))
        #expect(await transport.sent.first?.headers["x-amz-checksum-sha256"]?.count == 44)
    }

    /// A response about an object has an ETag; without it, a 200 is not from S3 and nothing was stored.
    @Test func `a response without an ETag is not from S3`() async throws {
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

    @Test func `presigns a link that expires`() throws {
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
    func `refuses an endpoint that is not a URL`(baseURL: String) async {
        let client = Sample.s3(ScriptedTransport(), endpoint: PartnerEndpoint(baseURL: baseURL))
        let error = await #expect(throws: PartnerError.self) { try await client.exists(key: "k") }
        #expect(error?.code == .unreachable)
    }
}
