/// Signs requests to S3 and other services with AWS Signature Version 4.
///
/// Paths are encoded once and not normalized, as S3 requires. Other services encode them twice, so for them use paths
/// without `%`, `.` segments and double slashes.
package struct AWSSigner: Sendable {
    /// Permitted lifetimes of a presigned link, in seconds.
    package static let expiryRange = 1...604_800

    private let credentials: AWSCredentials
    private let region: String
    private let service: String

    package init(credentials: AWSCredentials, region: String, service: String) {
        self.credentials = credentials
        self.region = region
        self.service = service
    }

    /// `headers` with `x-amz-date`, `authorization` and, for the service `s3`, `x-amz-content-sha256` set.
    ///
    /// All given headers are signed, so pass only headers that arrive unmodified, including `host`.
    /// - Parameters:
    ///   - path: percent-encoded, as sent.
    ///   - query: names and values before encoding; send them percent-encoded.
    ///   - payloadHash: the hexadecimal SHA-256 of the body, or `UNSIGNED-PAYLOAD`.
    ///   - epochSeconds: the time of signing, in seconds since 1970.
    package func signedHeaders(
        method: String, path: String, query: [(String, String)], headers: [(String, String)], payloadHash: String,
        at epochSeconds: Int64
    ) -> [(String, String)] {
        let time = AWSTimestamp(epochSeconds: epochSeconds)
        var headers = headers.filter { !["x-amz-date", "authorization"].contains($0.0.lowercased()) }
        headers.append(("x-amz-date", time.text))
        if service == "s3" {
            headers.removeAll { $0.0.lowercased() == "x-amz-content-sha256" }
            headers.append(("x-amz-content-sha256", payloadHash))
        }
        let request = AWSCanonicalRequest(
            method: method, path: path, query: query.map { (Array($0.0.utf8), Array($0.1.utf8)) }, headers: headers,
            payloadHash: payloadHash)
        let scope = AWSCredentialScope(day: time.day, region: region, service: service)
        let signature = request.signature(at: time, scope: scope, secret: credentials.secretAccessKey)
        let authorization = [
            "\(AWSCanonicalRequest.algorithm) Credential=\(credentials.accessKeyID)/\(scope.text)",
            "SignedHeaders=\(request.signedHeaders)", "Signature=\(signature)",
        ].joined(separator: ", ")
        return headers + [("authorization", authorization)]
    }

    /// The query of a link that needs only the `host` header: `query`, the signature and its parameters, sorted and
    /// encoded.
    ///
    /// - Parameters:
    ///   - path: percent-encoded, as sent.
    ///   - query: names and values before encoding.
    ///   - host: with its port, exactly as in the `host` header.
    ///   - expiresInSeconds: clamped to ``expiryRange``.
    ///   - epochSeconds: the time of signing, in seconds since 1970.
    ///   - payloadHash: the default is right for S3.
    package func presignedQuery(
        method: String, path: String, query: [(String, String)], host: String, expiresInSeconds: Int,
        at epochSeconds: Int64, payloadHash: String = "UNSIGNED-PAYLOAD"
    ) -> String {
        let time = AWSTimestamp(epochSeconds: epochSeconds)
        let scope = AWSCredentialScope(day: time.day, region: region, service: service)
        let expiry = min(max(expiresInSeconds, Self.expiryRange.lowerBound), Self.expiryRange.upperBound)
        let signed =
            query + [
                ("X-Amz-Algorithm", AWSCanonicalRequest.algorithm),
                ("X-Amz-Credential", "\(credentials.accessKeyID)/\(scope.text)"),
                ("X-Amz-Date", time.text),
                ("X-Amz-Expires", String(expiry)),
                ("X-Amz-SignedHeaders", "host"),
            ]
        let request = AWSCanonicalRequest(
            method: method, path: path, query: signed.map { (Array($0.0.utf8), Array($0.1.utf8)) },
            headers: [("host", host)], payloadHash: payloadHash)
        let signature = request.signature(at: time, scope: scope, secret: credentials.secretAccessKey)
        return "\(request.query)&X-Amz-Signature=\(signature)"
    }
}
