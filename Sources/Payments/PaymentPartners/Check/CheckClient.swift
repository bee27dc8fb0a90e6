import JSONKit

/// Renders receipts: receipt JSON in, PDF out.
package protocol CheckClient: Sendable {
    /// The PDF of a receipt. Anything that does not begin with `%PDF-` and end with `%%EOF` is refused as malformed.
    func renderPDF(receipt json: [UInt8]) async throws -> [UInt8]
}
