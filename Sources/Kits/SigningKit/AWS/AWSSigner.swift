/// Signs requests to S3 and to other services that take AWS Signature Version 4.
///
/// Paths are encoded once and not normalised, which is S3's rule. Other services encode them twice, so for these use
/// paths without `%`, `.` segments and doubled slashes.
package struct AWSSigner: Sendable {
    /// For how many seconds a presigned link may be valid.
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
    /// Every header given is signed, so give those that arrive as they were sent, among them `host`.
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

    /// The query of a link that needs no headers but `host`: `query`, the signature and what it needs, sorted and encoded.
    ///
    /// - Parameters:
    ///   - path: percent-encoded, as sent.
    ///   - query: names and values before encoding.
    ///   - host: with its port, exactly as the `host` header will have it.
    ///   - expiresInSeconds: brought into ``expiryRange``.
    ///   - epochSeconds: the time of signing, in seconds since 1970.
    ///   - payloadHash: left as it is for S3.
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
