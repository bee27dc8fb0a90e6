/// Why a server does not believe a signed request.
package enum AWSSignatureError: Error, Hashable, Sendable {
    /// Neither an `authorization` header nor a presigned query.
    case missing
    /// What is wrong with the form of the signature; holds nothing the client sent.
    case malformed(String)
    case unknownAccessKey
    /// Signed for another day, region or service.
    case wrongScope
    /// Signed more than 15 minutes away from the server's time, or, when presigned, as far in the future.
    case skewed
    /// A presigned link past its time.
    case expired
    case signatureMismatch
    /// The body is not the one that was signed.
    case payloadMismatch

    /// The code S3 answers with, and its HTTP status.
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
