import EncodingKit

/// Verifies the signature of a received request, in its headers or presigned in its query.
package struct AWSSignatureVerifier: Sendable {
    /// Maximum clock skew of the client, in either direction.
    package static let maximumSkewSeconds: Int64 = 15 * 60

    private let credentials: [String: AWSCredentials]
    private let region: String
    private let service: String

    package init(credentials: [AWSCredentials], region: String, service: String) {
        self.credentials = Dictionary(credentials.map { ($0.accessKeyID, $0) }) { first, _ in first }
        self.region = region
        self.service = service
    }

    /// Returns if the request was signed with a known key, for this region and service, in time, and is unmodified.
    ///
    /// - Parameters:
    ///   - path: as received, percent-encoded.
    ///   - rawQuery: as received, without the question mark.
    ///   - headers: all headers of the request, including `host`.
    ///   - payload: the whole body.
    ///   - now: the server's time, in seconds since 1970.
    package func verify(
        method: String, path: String, rawQuery: String, headers: [(String, String)], payload: [UInt8], now: Int64
    ) throws(AWSSignatureError) {
        let query = AWSSignatureClaim.parameters(of: rawQuery)
        let claim = try AWSSignatureClaim(query: query, headers: headers)
        guard let secret = credentials[claim.accessKeyID]?.secretAccessKey else { throw .unknownAccessKey }
        guard claim.scope == AWSCredentialScope(day: claim.time.day, region: region, service: service) else {
            throw .wrongScope
        }
        try checkTime(of: claim, now: now)

        let payloadHash = try payloadHash(of: claim, headers: headers, payload: payload)
        let request = AWSCanonicalRequest(
            method: method, path: path, query: query.filter { $0.name != Array("X-Amz-Signature".utf8) },
            headers: headers.filter { claim.signedHeaders.contains($0.0.lowercased()) }, payloadHash: payloadHash)
        let expected = request.signature(at: claim.time, scope: claim.scope, secret: secret)
        guard ConstantTime.equals(Array(expected.utf8), Array(claim.signature.utf8)) else { throw .signatureMismatch }
        guard payloadHash == AWSCanonicalRequest.unsignedPayload || payloadHash == Hex.encode(SHA256.digest(payload))
        else { throw .payloadMismatch }
    }

    private func checkTime(of claim: AWSSignatureClaim, now: Int64) throws(AWSSignatureError) {
        let age = now - claim.time.epochSeconds
        guard age >= -Self.maximumSkewSeconds else { throw .skewed }
        if let lifetime = claim.expiresInSeconds {
            guard age <= Int64(lifetime) else { throw .expired }
        } else {
            guard age <= Self.maximumSkewSeconds else { throw .skewed }
        }
    }

    /// The payload hash declared by the client.
    private func payloadHash(
        of claim: AWSSignatureClaim, headers: [(String, String)], payload: [UInt8]
    ) throws(AWSSignatureError) -> String {
        let name = "x-amz-content-sha256"
        let declared = headers.filter { $0.0.lowercased() == name }.map(\.1)
        guard declared.count <= 1 else { throw .malformed("\(name) is given more than once") }
        if claim.isPresigned, !claim.signedHeaders.contains(name) {
            return service == "s3" ? AWSCanonicalRequest.unsignedPayload : Hex.encode(SHA256.digest(payload))
        }
        guard let hash = declared.first else {
            guard service != "s3" else { throw .malformed("\(name) is missing") }
            return Hex.encode(SHA256.digest(payload))
        }
        guard hash == AWSCanonicalRequest.unsignedPayload || Hex.decode(hash)?.count == SHA256.byteCount else {
            throw .malformed("\(name) is neither a SHA-256 nor \(AWSCanonicalRequest.unsignedPayload)")
        }
        return hash
    }
}
