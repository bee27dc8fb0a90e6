package import DrawingKit

/// Renders receipts as 80 mm pages (usually a single page as tall as its content), as an image, or as plain text.
///
/// Output is deterministic. Missing fields are omitted.
package struct ReceiptRenderer: Sendable {
    /// The typeface of receipts, which must be installed.
    package static let typeface = Typeface(family: "Roboto Condensed", debianPackage: "fonts-roboto-unhinted")

    package init() {}

    /// A PDF with real text in embedded fonts; a long receipt has several pages.
    /// - Throws: if cairo, pango, libqrencode or the fonts are not installed; the error names the Debian package.
    package func pdf(of receipt: Receipt) throws -> [UInt8] {
        let sheet = ReceiptSheet(receipt)
        return try ReceiptPage(sheet: sheet).page.pdf(
            DocumentInfo(
                title: sheet.title, author: sheet.seller ?? "", creator: "qrpay",
                created: receipt.time?.iso8601, language: "ru-RU"))
    }

    /// A PNG of the page.
    /// - Parameter dotsPerInch: pixels per inch.
    /// - Throws: like ``pdf(of:)``, and if the image would exceed 32,767 pixels in height or 67 million pixels in
    ///   total.
    package func png(of receipt: Receipt, dotsPerInch: Int = 144) throws -> [UInt8] {
        try ReceiptPage(sheet: ReceiptSheet(receipt)).page.png(scale: Double(dotsPerInch) / 72)
    }

    /// Plain text of newline-terminated lines.
    /// - Parameter width: columns, at least 24; 42 to 48 look best.
    package func text(of receipt: Receipt, width: Int = 48) -> String {
        ReceiptText(sheet: ReceiptSheet(receipt), width: max(24, width)).lines.map { $0 + "\n" }.joined()
    }
}
