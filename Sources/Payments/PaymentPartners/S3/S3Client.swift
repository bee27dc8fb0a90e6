import EncodingKit
import FoundationEssentials
package import HTTPKit
import PaymentCore
package import SigningKit
package import WorldKit

/// A bucket of an S3-compatible store, addressed by path: `<endpoint>/<bucket>/<key>`, AWS Signature Version 4.
///
/// A key's slashes stay, everything else is percent-encoded segment by segment.
package struct S3Client: ObjectStorage {
    private let call: PartnerCall
    private let bucket: String
    private let signer: AWSSigner
    private let now: @Sendable () -> Instant

    /// A larger object, in bytes, is not read.
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
        let checksum = Data(SHA256.digest(body)).base64EncodedString()
        let request = try signed(
            "PUT", key, body: body, headers: [("content-type", contentType), (Self.checksumHeader, checksum)])
        let kept = try await exchangeForTag(request).headers[Self.checksumHeader]
        // When a store does not know checksums, comparing the length is better than nothing.
        let isWhole = if let kept { kept == checksum } else { try await hasLength(body.count, key) }
        guard isWhole else { throw call.error(.malformed, request, "what is stored is not what was sent") }
    }

    /// The SHA-256 of an object in base64: a store that supports it refuses a body that arrives changed, and reports
    /// the stored checksum. An ETag does not serve: that of an encrypted object looks like an MD5 and is not one.
    private static let checksumHeader = "x-amz-checksum-sha256"

    private func hasLength(_ count: Int, _ key: String) async throws -> Bool {
        let length = try await exchangeForTag(try signed("HEAD", key)).headers["Content-Length"]
        return length.map { $0 == "\(count)" } ?? true
    }

    /// Every S3 response about an existing object has an ETag; a response without one is not from S3.
    @discardableResult
    private func exchangeForTag(_ request: PartnerCall.Request) async throws -> HTTPResponse {
        let answer = try await call.exchange(request)
        guard answer.headers["ETag"] != nil else {
            throw call.error(.malformed, request, "the answer has no ETag, so it is not S3's")
        }
        return answer
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
        // The transport itself sends the same host.
        request.headers = HTTPHeaders(fields.filter { $0.0 != "host" })
        return request
    }

    /// The `host` (without a default port) and path that the server will see.
    private func place(of path: [String], _ action: String) throws -> (host: String, path: String) {
        let url = call.endpoint.url(path)
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        let defaultPorts = ["http:": ":80", "https:": ":443"]
        guard parts.count == 4, parts[1].isEmpty, let defaultPort = defaultPorts[parts[0].lowercased()] else {
            throw PartnerError(
                partner: .s3, code: .unreachable, action: action, message: "the endpoint is not an http or https URL")
        }
        let host = parts[2].hasSuffix(defaultPort) ? parts[2].dropLast(defaultPort.count) : parts[2]
        return (String(host), "/\(parts[3])")
    }
}

extension Instant {
    fileprivate var epochSeconds: Int64 { microseconds / 1_000_000 }
}
