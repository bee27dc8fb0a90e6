import EncodingKit
import FoundationEssentials
import HTTPKit
import PaymentCore
import PaymentPartners
import SigningKit
import WorldKit

/// S3 below `/s3`: `PUT`, `GET` and `HEAD` of `/s3/<bucket>/<key>`, all with a valid signature.
struct S3Routes: Sendable {
    private let state: SandboxState
    private let now: @Sendable () -> Instant
    private let verifier = AWSSignatureVerifier(
        credentials: [SandboxCredentials.aws], region: SandboxCredentials.region, service: "s3")

    init(state: SandboxState, now: @escaping @Sendable () -> Instant) {
        self.state = state
        self.now = now
    }

    func answer(_ request: HTTPServerRequest) async -> HTTPServerAnswer {
        do {
            return .response(try await handle(request))
        } catch let error as AWSSignatureError {
            return refusal(PartnerRefusal(error.s3.status, error.s3.code, "the signature is not believed"), request)
        } catch let refusal as PartnerRefusal {
            return self.refusal(refusal, request)
        } catch is CancellationError {
            return .reset
        } catch {
            return refusal(PartnerRefusal(500, "InternalError", "the sandbox cannot keep its state"), request)
        }
    }

    private func handle(_ request: HTTPServerRequest) async throws -> HTTPResponse {
        let target = request.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        try verifier.verify(
            method: request.method, path: String(target[0]), rawQuery: target.count > 1 ? String(target[1]) : "",
            headers: request.headers.fields.map { ($0.name, $0.value) }, payload: request.body,
            now: now().microseconds / 1_000_000)

        let segments = request.pathSegments.dropFirst()
        guard segments.first == SandboxCredentials.bucket else {
            throw PartnerRefusal(404, "NoSuchBucket", "bucket not found")
        }
        let key = segments.dropFirst().joined(separator: "/")
        switch request.method {
        case "PUT":
            let contentType = request.headers["Content-Type"] ?? "application/octet-stream"
            let checksum = Self.checksum(request.body)
            guard request.headers["x-amz-checksum-sha256"].map({ $0 == checksum }) ?? true else {
                throw PartnerRefusal(400, "BadDigest", "the body is not the one of the checksum")
            }
            try await state.perform { models, _ in
                try models.objects.put(key: key, body: request.body, contentType: contentType)
            }
            let fields = [("ETag", Self.tag(request.body)), ("x-amz-checksum-sha256", checksum)]
            return HTTPResponse(status: 200, headers: HTTPHeaders(fields))
        case "GET", "HEAD":
            let object = try await state.perform { models, _ in try models.objects.get(key: key) }
            let body = Array(object.body)
            let fields = [("Content-Type", object.contentType), ("ETag", Self.tag(body))]
            return HTTPResponse(status: 200, headers: HTTPHeaders(fields), body: body)
        default: throw PartnerRefusal(405, "MethodNotAllowed", "only PUT, GET and HEAD of an object")
        }
    }

    private static func checksum(_ body: [UInt8]) -> String { Data(SHA256.digest(body)).base64EncodedString() }

    /// Identifies the content; S3 promises nothing more (it is an MD5 only for some objects).
    private static func tag(_ body: [UInt8]) -> String { "\"\(Hex.encode(SHA256.digest(body)).prefix(32))\"" }

    private func refusal(_ refusal: PartnerRefusal, _ request: HTTPServerRequest) -> HTTPServerAnswer {
        let xml = """
            <?xml version="1.0" encoding="UTF-8"?>
            <Error><Code>\(refusal.code)</Code><Message>\(refusal.message)</Message>\
            <Resource>\(Markup.escaped(request.path))</Resource></Error>
            """
        return .response(
            HTTPResponse(
                status: refusal.status, headers: HTTPHeaders([("Content-Type", "application/xml")]),
                body: Array(xml.utf8)))
    }
}
