import EncodingKit
import SigningKit
import Testing

/// A signed request for tests to tamper with.
struct SignedRequest: Sendable {
    var method: String
    var path: String
    var rawQuery: String
    var headers: [(String, String)]
    var payload: [UInt8]

    mutating func replace(_ name: String, _ value: String?) {
        headers.removeAll { $0.0.lowercased() == name }
        if let value { headers.append((name, value)) }
    }
}

@Suite struct AWSSignatureVerifierTests {
    static let now = AWSSignerTests.s3Time
    static let credentials = AWSSignerTests.s3Credentials
    static let signer = AWSSigner(credentials: credentials, region: "us-east-1", service: "s3")
    let verifier = AWSSignatureVerifier(
        credentials: [AWSSignerTests.suiteCredentials, credentials], region: "us-east-1", service: "s3")

    /// Object keys that encoders disagree about.
    static let keys = [
        "a.pdf", "заказ/чек 1.pdf", "a b", "a+b", "a=b", "a&b", "a%b", "a%2Fb", "~a", "a*b'()!", "/", "//a", "a/../b",
        "é/é", "\u{7F}\u{1}", "🙂",
    ]

    static func put(path: String = "/bucket/a.pdf", at time: Int64 = now) -> SignedRequest {
        let payload = Array("%PDF".utf8)
        let headers = signer.signedHeaders(
            method: "PUT", path: path, query: [("x", "1 2+3/=")],
            headers: [("Host", "localhost:1234"), ("Content-Type", "application/pdf")],
            payloadHash: Hex.encode(SHA256.digest(payload)), at: time)
        return SignedRequest(
            method: "PUT", path: path, rawQuery: "x=1%202%2B3%2F%3D", headers: headers, payload: payload)
    }

    static func presigned(path: String = "/bucket/a.pdf", seconds: Int = 60, at time: Int64 = now) -> SignedRequest {
        let query = signer.presignedQuery(
            method: "GET", path: path, query: [], host: "localhost:1234", expiresInSeconds: seconds, at: time)
        return SignedRequest(
            method: "GET", path: path, rawQuery: query, headers: [("host", "localhost:1234"), ("accept", "*/*")],
            payload: [])
    }

    func verify(_ request: SignedRequest, now: Int64 = now) throws(AWSSignatureError) {
        try verifier.verify(
            method: request.method, path: request.path, rawQuery: request.rawQuery, headers: request.headers,
            payload: request.payload, now: now)
    }

    func outcome(_ request: SignedRequest, now: Int64 = now) -> AWSSignatureError? {
        do throws(AWSSignatureError) {
            try verify(request, now: now)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: keys) func `both forms of a signature are accepted`(key: String) throws {
        let path = "/bucket/" + PercentEncoding.encode(key, allowing: "/")
        try verify(Self.put(path: path))
        try verify(Self.presigned(path: path))
    }

    @Test(arguments: s3Examples) func `the published examples are accepted`(vector: AWSVector) throws {
        let headers = Self.signer.signedHeaders(
            method: vector.method, path: vector.path, query: vector.query,
            headers: [("host", "examplebucket.s3.amazonaws.com")] + vector.headers,
            payloadHash: Hex.encode(SHA256.digest(Array(vector.body.utf8))), at: Self.now)
        // A parameter without a value may omit its equals sign, and parameters may come in any order.
        let query = vector.query.reversed().map { $0.1.isEmpty ? $0.0 : "\($0.0)=\($0.1)" }.joined(separator: "&")
        try verify(
            SignedRequest(
                method: vector.method, path: vector.path, rawQuery: query, headers: headers.reversed(),
                payload: Array(vector.body.utf8)))
    }

    @Test(
        arguments: [
            ("15 minutes late", 900, nil), ("15 minutes early", -900, nil), ("a second too late", 901, .skewed),
            ("a second too early", -901, .skewed),
        ] as [(String, Int64, AWSSignatureError?)])
    func `a signature in the headers is valid within the clock skew`(
        name: String, offset: Int64, expected: AWSSignatureError?
    ) {
        #expect(outcome(Self.put(), now: Self.now + offset) == expected)
    }

    @Test(
        arguments: [
            ("last second", 60, nil), ("expired", 61, .expired), ("expired long ago", 100_000, .expired),
            ("made 15 minutes ahead", -900, nil), ("made further ahead", -901, .skewed),
        ] as [(String, Int64, AWSSignatureError?)])
    func `a presigned link is valid within its lifetime`(name: String, offset: Int64, expected: AWSSignatureError?) {
        #expect(outcome(Self.presigned(), now: Self.now + offset) == expected)
    }

    typealias Change = @Sendable (inout SignedRequest) -> Void

    static let tampering: [(String, Change, AWSSignatureError)] = [
        ("method", { $0.method = "DELETE" }, .signatureMismatch),
        ("path", { $0.path = "/bucket/b.pdf" }, .signatureMismatch),
        ("path with a doubled slash", { $0.path = "//bucket/a.pdf" }, .signatureMismatch),
        ("query", { $0.rawQuery = "x=1" }, .signatureMismatch),
        ("query removed", { $0.rawQuery = "" }, .signatureMismatch),
        ("query extended", { $0.rawQuery += "&y=1" }, .signatureMismatch),
        ("host", { $0.replace("host", "evil") }, .signatureMismatch),
        ("content type", { $0.replace("content-type", "text/html") }, .signatureMismatch),
        ("date", { $0.replace("x-amz-date", "20130524T000001Z") }, .signatureMismatch),
        ("body", { $0.payload.append(0) }, .payloadMismatch),
        ("empty body", { $0.payload = [] }, .payloadMismatch),
        ("payload hash", { $0.replace("x-amz-content-sha256", "UNSIGNED-PAYLOAD") }, .signatureMismatch),
        (
            "unsigned x-amz header", { $0.headers.append(("X-Amz-Acl", "public-read")) },
            .malformed("host or an x-amz header is not signed")
        ),
        (
            "signed header gone", { $0.replace("content-type", nil) },
            .malformed("signed headers are absent, unsorted or repeated")
        ),
        (
            "no payload hash", { $0.replace("x-amz-content-sha256", nil) },
            .malformed("signed headers are absent, unsorted or repeated")
        ),
        ("no date", { $0.replace("x-amz-date", nil) }, .malformed("x-amz-date is missing or given more than once")),
        (
            "two dates", { $0.headers.append(("x-amz-date", "20130524T000000Z")) },
            .malformed("x-amz-date is missing or given more than once")
        ),
        ("a date that is none", { $0.replace("x-amz-date", "20130532T000000Z") }, .malformed("the date is malformed")),
        ("a date of letters", { $0.replace("x-amz-date", "2013O524TOOOOOOZ") }, .malformed("the date is malformed")),
        ("nothing", { $0.replace("authorization", nil) }, .missing),
        (
            "two authorizations", { $0.headers.append(("authorization", "AWS4-HMAC-SHA256 x")) },
            .malformed("more than one signature")
        ),
        ("both forms", { $0.rawQuery = "X-Amz-Date=20130524T000000Z" }, .malformed("more than one signature")),
        ("an empty authorization", { $0.replace("authorization", "") }, .malformed("authorization has no fields")),
        (
            "Basic", { $0.replace("authorization", "Basic dTpw") },
            .malformed("authorization has a field without a value, or twice")
        ),
    ]

    @Test(arguments: tampering.indices) func `a request with tampered headers is rejected`(index: Int) {
        let (name, change, expected) = Self.tampering[index]
        var request = Self.put()
        change(&request)
        #expect(outcome(request) == expected, "\(name)")
    }

    /// Rewrites of the authorization field; `A` stands for the original up to the signature.
    @Test(arguments: [
        ("another key", "AKIAIOSFODNN7EXAMPLE", "AKIDEXAMPLE", AWSSignatureError.signatureMismatch),
        ("an unknown key", "AKIAIOSFODNN7EXAMPLE", "AKIA", .unknownAccessKey),
        ("another region", "us-east-1", "eu-west-1", .wrongScope),
        ("another service", "/s3/", "/sqs/", .wrongScope),
        ("another day", "/20130524/", "/20130523/", .wrongScope),
        ("no terminator", "aws4_request", "aws4", .malformed("the scope is malformed")),
        ("another algorithm", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512", .malformed("unknown algorithm")),
        (
            "unsorted", "content-type;host", "host;content-type",
            .malformed("signed headers are absent, unsorted or repeated")
        ),
        ("repeated", "host;", "host;host;", .malformed("signed headers are absent, unsorted or repeated")),
        (
            "upper case", "content-type;host", "content-type;Host",
            .malformed("signed headers are absent, unsorted or repeated")
        ),
        ("host not signed", ";host;", ";", .malformed("host or an x-amz header is not signed")),
        ("fewer signed", "content-type;", "", .signatureMismatch),
        ("no signature", "Signature=", "Signatur=", .malformed("fields are missing or unknown")),
        ("an extra field", "Signature=", "A=b, Signature=", .malformed("fields are missing or unknown")),
        ("upper-case digits", "Signature=", "Signature=A", .signatureMismatch),
    ])
    func `a rewritten authorization header is rejected`(
        name: String, part: String, replacement: String, expected: AWSSignatureError
    ) throws {
        var request = Self.put()
        let authorization = try #require(value("authorization", in: request.headers))
        let range = try #require(authorization.firstRange(of: part))
        request.replace("authorization", authorization.replacingCharacters(in: range, with: replacement))
        #expect(outcome(request) == expected)
    }

    @Test(
        arguments: [
            ("path", "", "", "/bucket/b.pdf", AWSSignatureError.signatureMismatch),
            ("longer life", "Expires=60", "Expires=61", nil, .signatureMismatch),
            ("too long a life", "Expires=60", "Expires=604801", nil, .malformed("X-Amz-Expires is not 1 to 604800")),
            ("no life", "Expires=60", "Expires=0", nil, .malformed("X-Amz-Expires is not 1 to 604800")),
            ("negative life", "Expires=60", "Expires=-1", nil, .malformed("X-Amz-Expires is not 1 to 604800")),
            ("signed number", "Expires=60", "Expires=%2B60", nil, .malformed("X-Amz-Expires is not 1 to 604800")),
            (
                "huge life", "Expires=60", "Expires=99999999999999999999", nil,
                .malformed("X-Amz-Expires is not 1 to 604800")
            ),
            ("life gone", "X-Amz-Expires=60&", "", nil, .malformed("X-Amz-Expires is not 1 to 604800")),
            (
                "life twice", "X-Amz-Expires=60", "X-Amz-Expires=60&X-Amz-Expires=60", nil,
                .malformed("the query has an X-Amz parameter twice")
            ),
            ("signature gone", "&X-Amz-Signature=", "&Y=", nil, .malformed("fields are missing or unknown")),
            ("signature cut", "X-Amz-Signature=", "X-Amz-Signature=&Y=", nil, .signatureMismatch),
            (
                "nothing signed", "SignedHeaders=host", "SignedHeaders=", nil,
                .malformed("signed headers are absent, unsorted or repeated")
            ),
            ("another parameter", "X-Amz-Date", "a=b&X-Amz-Date", nil, .signatureMismatch),
            (
                "a token", "X-Amz-Date", "X-Amz-Security-Token=t&X-Amz-Date", nil,
                .malformed("fields are missing or unknown")
            ),
        ] as [(String, String, String, String?, AWSSignatureError)])
    func `a tampered presigned link is rejected`(
        name: String, part: String, replacement: String, path: String?, expected: AWSSignatureError
    ) throws {
        var request = Self.presigned()
        if let path { request.path = path }
        if let range = request.rawQuery.firstRange(of: part), !part.isEmpty {
            request.rawQuery.replaceSubrange(range, with: replacement)
        }
        #expect(outcome(request) == expected)
    }

    @Test func `a presigned link is valid for one method only`() {
        var request = Self.presigned()
        request.method = "PUT"
        #expect(outcome(request) == .signatureMismatch)
    }

    @Test func `an unsigned payload may be anything`() throws {
        let headers = Self.signer.signedHeaders(
            method: "PUT", path: "/k", query: [], headers: [("host", "h")], payloadHash: "UNSIGNED-PAYLOAD",
            at: Self.now)
        try verify(SignedRequest(method: "PUT", path: "/k", rawQuery: "", headers: headers, payload: [1, 2, 3]))
    }

    @Test(arguments: ["", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "00", String(repeating: "g", count: 64)])
    func `an invalid payload hash is rejected`(hash: String) {
        let headers = Self.signer.signedHeaders(
            method: "PUT", path: "/k", query: [], headers: [("host", "h")], payloadHash: hash, at: Self.now)
        let request = SignedRequest(method: "PUT", path: "/k", rawQuery: "", headers: headers, payload: [])
        #expect(outcome(request) == .malformed("x-amz-content-sha256 is neither a SHA-256 nor UNSIGNED-PAYLOAD"))
    }

    @Test func `errors have the codes of S3`() {
        #expect(AWSSignatureError.signatureMismatch.s3 == ("SignatureDoesNotMatch", 403))
        #expect(AWSSignatureError.skewed.s3 == ("RequestTimeTooSkewed", 403))
        #expect(AWSSignatureError.unknownAccessKey.s3 == ("InvalidAccessKeyId", 403))
    }
}

extension String {
    func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        var copy = self
        copy.replaceSubrange(range, with: text)
        return copy
    }
}
