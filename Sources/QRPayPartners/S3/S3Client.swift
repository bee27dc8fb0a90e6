package import HTTPKit
package import QRPayDomain
package import SigningKit

/// A bucket of an S3-compatible store, addressed by path: `<endpoint>/<bucket>/<key>`, AWS Signature Version 4.
///
/// A key's slashes stay, everything else is percent-encoded segment by segment.
package struct S3Client: ObjectStorage {
    private let call: PartnerCall
    private let bucket: String
    private let signer: AWSSigner
    private let now: @Sendable () -> Instant

    /// An object of more bytes than this is not read.
    private static let maximumObjectBytes = 32 << 20

    package init(
        endpoint: PartnerEndpoint, bucket: String, region: String, credentials: AWSCredentials,
        transport: any HTTPTransport, now: @escaping @Sendable () -> Instant
    ) {
        call = PartnerCall(partner: .s3, endpoint: endpoint, transport: transport)
        self.bucket = bucket
        signer = AWSSigner(credentials: credentials, region: region, service: "s3")
        self.now = now
    }

    package func exists(key: String) async throws -> Bool {
        do {
            try await exchangeForTag(try signed("HEAD", key))
            return true
        } catch let error as PartnerError where error.isNotFound {
            return false
        }
    }

    package func put(key: String, body: [UInt8], contentType: String) async throws {
        try await exchangeForTag(try signed("PUT", key, body: body, headers: [("content-type", contentType)]))
    }

    /// Every answer of S3 about an object it has carries the object's tag; one without it is somebody else's.
    private func exchangeForTag(_ request: PartnerCall.Request) async throws {
        let answer = try await call.exchange(request)
        guard answer.headers["ETag"] != nil else {
            throw call.error(.malformed, request, "the answer has no ETag, so it is not S3's")
        }
    }

    package func get(key: String) async throws -> [UInt8] {
        var request = try signed("GET", key)
        request.maximumResponseBytes = Self.maximumObjectBytes
        return try await call.exchange(request).body
    }

    package func presignedURL(key: String, expiresInSeconds: Int, now: Instant) throws -> String {
        let path = path(key)
        let place = try place(of: path, "GET \(key)")
        let query = signer.presignedQuery(
            method: "GET", path: place.path, query: [], host: place.host, expiresInSeconds: expiresInSeconds,
            at: now.epochSeconds)
        return "\(call.endpoint.url(path))?\(query)"
    }

    private func path(_ key: String) -> [String] {
        [bucket] + key.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    }

    private func signed(
        _ method: String, _ key: String, body: [UInt8] = [], headers: [(String, String)] = []
    ) throws -> PartnerCall.Request {
        var request = PartnerCall.Request(method: method, path: path(key), body: body)
        let place = try place(of: request.path, request.action)
        let fields = signer.signedHeaders(
            method: method, path: place.path, query: [], headers: headers + [("host", place.host)],
            payloadHash: Hex.encode(SHA256.digest(body)), at: now().epochSeconds)
        // The transport sends the same host by itself.
        request.headers = HTTPHeaders(fields.filter { $0.0 != "host" })
        return request
    }

    /// What the server will see as `host` (a default port is not sent) and as path.
    private func place(of path: [String], _ action: String) throws -> (host: String, path: String) {
        let url = call.endpoint.url(path)
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        let defaultPorts = ["http:": ":80", "https:": ":443"]
        guard parts.count == 4, parts[1].isEmpty, let defaultPort = defaultPorts[String(parts[0])] else {
            throw PartnerError(
                partner: .s3, code: .unreachable, action: action, message: "the endpoint is no http or https URL")
        }
        let host = parts[2].hasSuffix(defaultPort) ? parts[2].dropLast(defaultPort.count) : parts[2]
        return (String(host), "/\(parts[3])")
    }
}

extension Instant {
    fileprivate var epochSeconds: Int64 { microseconds / 1_000_000 }
}
