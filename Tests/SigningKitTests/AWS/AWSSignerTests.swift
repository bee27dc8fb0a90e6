import EncodingKit
import SigningKit
import Testing

@Suite struct AWSSignerTests {
    static let suiteTime: Int64 = 1_440_938_160
    static let s3Time: Int64 = 1_369_353_600
    static let suiteCredentials = AWSCredentials(
        accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    static let s3Credentials = AWSCredentials(
        accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")

    let suiteSigner = AWSSigner(credentials: suiteCredentials, region: "us-east-1", service: "service")
    let s3Signer = AWSSigner(credentials: s3Credentials, region: "us-east-1", service: "s3")

    @Test(arguments: awsSuite) func `the published test suite`(vector: AWSVector) {
        let headers = suiteSigner.signedHeaders(
            method: vector.method, path: vector.path, query: vector.query,
            headers: [("Host", "example.amazonaws.com")] + vector.headers,
            payloadHash: Hex.encode(SHA256.digest(Array(vector.body.utf8))), at: Self.suiteTime)
        #expect(value("authorization", in: headers)?.hasSuffix(", Signature=\(vector.signature)") == true)
        #expect(value("x-amz-date", in: headers) == "20150830T123600Z")
    }

    @Test(arguments: awsSuite.filter { $0.presigned != nil }) func `the published test suite of presigned links`(
        vector: AWSVector
    ) {
        let query = suiteSigner.presignedQuery(
            method: vector.method, path: vector.path, query: vector.query, host: "example.amazonaws.com",
            expiresInSeconds: 3600, at: Self.suiteTime, payloadHash: Hex.encode(SHA256.digest([])))
        #expect(query.hasSuffix("&X-Amz-Signature=\(vector.presigned ?? "")"))
    }

    @Test(arguments: s3Examples) func `the published S3 examples`(vector: AWSVector) {
        let hash = Hex.encode(SHA256.digest(Array(vector.body.utf8)))
        let headers = s3Signer.signedHeaders(
            method: vector.method, path: vector.path, query: vector.query,
            headers: [("host", "examplebucket.s3.amazonaws.com")] + vector.headers, payloadHash: hash, at: Self.s3Time)
        #expect(value("authorization", in: headers)?.hasSuffix(", Signature=\(vector.signature)") == true)
        #expect(value("x-amz-content-sha256", in: headers) == hash)
    }

    @Test func `the authorization header is complete`() {
        let headers = s3Signer.signedHeaders(
            method: "GET", path: "/test.txt", query: [],
            headers: [("Host", "examplebucket.s3.amazonaws.com"), ("Range", "bytes=0-9")],
            payloadHash: Hex.encode(SHA256.digest([])), at: Self.s3Time)
        #expect(
            value("authorization", in: headers) == """
                AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
                SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, \
                Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41
                """)
    }

    /// "Authenticating Requests: Using Query Parameters" of the Amazon S3 API reference.
    @Test func `the published S3 example of a presigned link`() {
        let query = s3Signer.presignedQuery(
            method: "GET", path: "/test.txt", query: [], host: "examplebucket.s3.amazonaws.com",
            expiresInSeconds: 86400, at: Self.s3Time)
        #expect(
            query == """
                X-Amz-Algorithm=AWS4-HMAC-SHA256\
                &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
                &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
                &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404
                """)
    }

    @Test func `signing again replaces the first signature`() {
        func sign(_ headers: [(String, String)]) -> [(String, String)] {
            s3Signer.signedHeaders(
                method: "GET", path: "/", query: [], headers: headers, payloadHash: "UNSIGNED-PAYLOAD", at: Self.s3Time)
        }
        let once = sign([("host", "h"), ("X-Amz-Date", "old"), ("Authorization", "old")])
        let twice = sign(once)
        #expect(once.map(\.0) == ["host", "x-amz-date", "x-amz-content-sha256", "authorization"])
        #expect(twice.map(\.0) == once.map(\.0))
        #expect(twice.map(\.1) == once.map(\.1))
    }

    @Test(arguments: [
        (Int.min, "1"), (0, "1"), (1, "1"), (604_800, "604800"), (604_801, "604800"), (Int.max, "604800"),
    ])
    func `the lifetime of a link is clamped to its range`(into range: Int, expected: String) {
        let query = s3Signer.presignedQuery(
            method: "GET", path: "/k", query: [], host: "h", expiresInSeconds: range, at: Self.s3Time)
        #expect(query.contains("&X-Amz-Expires=\(expected)&"))
    }

    @Test(arguments: [Int64.min, -62_167_219_201, 253_402_300_800, Int64.max])
    func `times beyond the calendar do not trap`(time: Int64) {
        let headers = s3Signer.signedHeaders(
            method: "GET", path: "/", query: [], headers: [("host", "h")], payloadHash: "UNSIGNED-PAYLOAD", at: time)
        #expect(value("x-amz-date", in: headers) == "")
    }

    @Test func `a description never contains the secret`() {
        let credentials = Self.s3Credentials
        var dumped = ""
        dump(credentials, to: &dumped)
        dump(s3Signer, to: &dumped)
        dump(AWSSignatureVerifier(credentials: [credentials], region: "r", service: "s"), to: &dumped)
        for text in [
            "\(credentials)", String(reflecting: credentials), String(describing: s3Signer),
            String(reflecting: s3Signer),
            String(reflecting: [credentials]), dumped,
        ] {
            #expect(!text.contains("wJalr"))
        }
        #expect("\(credentials)".contains("AKIAIOSFODNN7EXAMPLE"))
    }
}

func value(_ name: String, in headers: [(String, String)]) -> String? { headers.first { $0.0 == name }?.1 }
