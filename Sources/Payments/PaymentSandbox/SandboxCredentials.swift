package import SigningKit

/// What the sandbox's S3 asks for: fixed and public, good for nothing but the sandbox.
package enum SandboxCredentials {
    package static let accessKeyID = "sandbox"
    package static let secretAccessKey = "sandbox-secret"
    package static let region = "sandbox"
    /// The one bucket there is.
    package static let bucket = "receipts"

    package static var aws: AWSCredentials {
        AWSCredentials(accessKeyID: accessKeyID, secretAccessKey: secretAccessKey)
    }
}
