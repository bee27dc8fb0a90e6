import EncodingKit
import FoundationEssentials
import HTTPKit
import PaymentCore
import PaymentPartners
import SigningKit
import WorldKit

/// S3 below `/s3`: `PUT`, `GET` and `HEAD` of `/s3/<bucket>/<key>`, all with a valid signature.
enum S3Routes {
    private static let signed = RouteAccess("signature", schemes: [], failures: [403])
    private static let bucket = RouteField("bucket", in: .path).text
    private static let key = RouteField("key", in: .path).text
    private static let place = RouteInput<HTTPServerRequest> { $0.request }

    static func router(_ state: SandboxState, now: @escaping @Sendable () -> Instant) -> Router {
        let verifier = AWSSignatureVerifier(
            credentials: [SandboxCredentials.aws], region: SandboxCredentials.region, service: "s3")
        let verify: @Sendable (HTTPServerRequest) throws -> Void = { request in
            let target = request.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            try verifier.verify(
                method: request.method, path: String(target[0]), rawQuery: target.count > 1 ? String(target[1]) : "",
                headers: request.headers.fields.map { ($0.name, $0.value) }, payload: request.body,
                now: now().microseconds / 1_000_000)
        }
        return Router(
            [put(state), get(state)], gate: RouteGate(check: { try verify($1) }), now: now,
            refuse: { error, request in
                // Without a valid signature, a request does not learn either that it has no route.
                let flaw = error is HTTPFailure ? Result { try verify(request) } : .success(())
                if case .failure(let flaw) = flaw { return refusal(flaw, request) }
                return refusal(error, request)
            })
    }

    private static func put(_ state: SandboxState) -> Route {
        Route(
            "PUT", "/s3/{bucket}/{key+}", operation: "putObject", access: signed, bucket, key, place,
            output: .response, failures: [404]
        ) { bucket, key, request in
            try check(bucket)
            let contentType = request.headers["Content-Type"] ?? "application/octet-stream"
            let checksum = checksum(request.body)
            guard request.headers["x-amz-checksum-sha256"].map({ $0 == checksum }) ?? true else {
                throw PartnerRefusal(400, "BadDigest", "the body is not the one of the checksum")
            }
            try await state.perform { models, _ in
                try models.objects.put(key: key, body: request.body, contentType: contentType)
            }
            let fields = [("ETag", tag(request.body)), ("x-amz-checksum-sha256", checksum)]
            return Reply(HTTPResponse(status: 200, headers: HTTPHeaders(fields)))
        }
    }

    private static func get(_ state: SandboxState) -> Route {
        Route(
            "GET", "/s3/{bucket}/{key+}", operation: "getObject", access: signed, bucket, key, output: .response,
            failures: [404]
        ) { bucket, key in
            try check(bucket)
            let object = try await state.perform { models, _ in try models.objects.get(key: key) }
            let body = Array(object.body)
            let fields = [("Content-Type", object.contentType), ("ETag", tag(body))]
            return Reply(HTTPResponse(status: 200, headers: HTTPHeaders(fields), body: body))
        }
    }

    private static func check(_ bucket: String) throws(PartnerRefusal) {
        guard bucket == SandboxCredentials.bucket else {
            throw PartnerRefusal(404, "NoSuchBucket", "bucket not found")
        }
    }

    private static func checksum(_ body: [UInt8]) -> String { Data(SHA256.digest(body)).base64EncodedString() }

    /// Identifies the content; S3 promises nothing more (it is an MD5 only for some objects).
    private static func tag(_ body: [UInt8]) -> String { "\"\(Hex.encode(SHA256.digest(body)).prefix(32))\"" }

    private static func refusal(_ error: any Error, _ request: HTTPServerRequest) -> HTTPServerAnswer {
        switch error {
        case let error as AWSSignatureError:
            answer(error.s3.status, error.s3.code, "the signature is not valid", request)
        case let refusal as PartnerRefusal: answer(refusal.status, refusal.code, refusal.message, request)
        case is CancellationError: .reset
        case let failure as HTTPFailure where failure.status == 405:
            answer(405, "MethodNotAllowed", "only PUT, GET and HEAD of an object", request)
        case let failure as HTTPFailure: answer(failure.status, "NoSuchKey", failure.message, request)
        default: answer(500, "InternalError", "the sandbox cannot keep its state", request)
        }
    }

    /// An error as S3 writes it.
    private static func answer(
        _ status: Int, _ code: String, _ message: String, _ request: HTTPServerRequest
    ) -> HTTPServerAnswer {
        let xml = """
            <?xml version="1.0" encoding="UTF-8"?>
            <Error><Code>\(code)</Code><Message>\(message)</Message>\
            <Resource>\(Markup.escaped(request.path))</Resource></Error>
            """
        return .response(
            HTTPResponse(
                status: status, headers: HTTPHeaders([("Content-Type", "application/xml")]), body: Array(xml.utf8)))
    }
}
