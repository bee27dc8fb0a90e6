/// Why a server rejects a signed request.
package enum AWSSignatureError: Error, Hashable, Sendable {
    /// Neither an `authorization` header nor a presigned query.
    case missing
    /// The syntax error; never contains client data.
    case malformed(String)
    case unknownAccessKey
    /// Signed for another day, region or service.
    case wrongScope
    /// Signed more than 15 minutes from the server's time; for a presigned link, only in the future.
    case skewed
    /// An expired presigned link.
    case expired
    case signatureMismatch
    /// The body differs from the signed one.
    case payloadMismatch

    /// S3's error code and HTTP status.
    package var s3: (code: String, status: Int) {
        switch self {
        case .missing, .expired: ("AccessDenied", 403)
        case .malformed: ("AuthorizationHeaderMalformed", 400)
        case .unknownAccessKey: ("InvalidAccessKeyId", 403)
        case .wrongScope: ("AuthorizationHeaderMalformed", 400)
        case .skewed: ("RequestTimeTooSkewed", 403)
        case .signatureMismatch: ("SignatureDoesNotMatch", 403)
        case .payloadMismatch: ("XAmzContentSHA256Mismatch", 400)
        }
    }
}
