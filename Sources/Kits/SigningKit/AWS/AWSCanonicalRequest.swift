import EncodingKit

/// The canonical form of the parts of a request that a signature covers (AWS Signature Version 4, "Create a canonical
/// request").
struct AWSCanonicalRequest {
    static let algorithm = "AWS4-HMAC-SHA256"
    static let unsignedPayload = "UNSIGNED-PAYLOAD"

    /// The canonical request.
    let text: String
    /// Parameters sorted by name, then by value, percent-encoded, ready to send.
    let query: String
    /// Lower-case names, sorted, joined by `;`.
    let signedHeaders: String

    /// - Parameters:
    ///   - path: as sent; encoded once and not normalized, as in S3.
    ///   - query: names and values before encoding.
    ///   - headers: the signed headers only.
    init(
        method: String, path: String, query: [(name: [UInt8], value: [UInt8])], headers: [(String, String)],
        payloadHash: String
    ) {
        let path = path.isEmpty ? "/" : path
        let canonicalPath = PercentEncoding.encode(PercentEncoding.decodeLeniently(path), allowing: "/")
        self.query =
            query
            .map { (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value)) }
            .sorted { $0 < $1 }
            .map { "\($0)=\($1)" }
            .joined(separator: "&")
        let values = Dictionary(grouping: headers) { $0.0.lowercased() }
        let names = values.keys.sorted()
        signedHeaders = names.joined(separator: ";")
        let lines = names.map { name in
            "\(name):\(values[name, default: []].map { Self.trimmed($0.1) }.joined(separator: ","))\n"
        }
        text = [method, canonicalPath, self.query, lines.joined(), signedHeaders, payloadHash].joined(separator: "\n")
    }

    /// Trims whitespace and collapses runs of it to one space.
    private static func trimmed(_ value: String) -> String {
        value.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
    }

    /// The signature of this request at `time`: 64 lower-case hexadecimal digits.
    func signature(at time: AWSTimestamp, scope: AWSCredentialScope, secret: String) -> String {
        let digest = Hex.encode(SHA256.digest(Array(text.utf8)))
        let stringToSign = [Self.algorithm, time.text, scope.text, digest].joined(separator: "\n")
        return Hex.encode(HMACSHA256.authenticate(Array(stringToSign.utf8), key: scope.signingKey(secret: secret)))
    }
}

/// The day, region and service a signature is valid for.
struct AWSCredentialScope: Equatable {
    /// `20150830`
    var day: String
    var region: String
    var service: String

    var text: String { "\(day)/\(region)/\(service)/aws4_request" }

    /// The signing key derived from a secret access key for this scope.
    func signingKey(secret: String) -> [UInt8] {
        [day, region, service, "aws4_request"].reduce(Array("AWS4\(secret)".utf8)) { key, part in
            HMACSHA256.authenticate(Array(part.utf8), key: key)
        }
    }
}
