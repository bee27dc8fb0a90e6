import JSONKit

/// Renders receipts (seed 002): receipt JSON in, PDF out.
package protocol CheckClient: Sendable {
    /// The PDF of a receipt. What does not begin with `%PDF-` and end with `%%EOF` is refused as malformed.
    func renderPDF(receipt json: [UInt8]) async throws -> [UInt8]
}
