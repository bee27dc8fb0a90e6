package import SigningKit

/// The sandbox's S3 credentials: fixed and public, valid only in the sandbox.
package enum SandboxCredentials {
    package static let accessKeyID = "sandbox"
    package static let secretAccessKey = "sandbox-secret"
    package static let region = "sandbox"
    /// The only bucket.
    package static let bucket = "receipts"

    package static var aws: AWSCredentials {
        AWSCredentials(accessKeyID: accessKeyID, secretAccessKey: secretAccessKey)
    }
}
