package import DrawingKit

/// Receipts as people keep them: 80 mm pages, usually one as tall as its content, an image of it, or plain text.
///
/// The same receipt gives the same bytes. Fields the receipt lacks are left out.
package struct ReceiptRenderer: Sendable {
    /// What receipts are set in; it has to be installed.
    package static let typeface = Typeface(family: "Roboto Condensed", debianPackage: "fonts-roboto-unhinted")

    package init() {}

    /// A PDF with real text in embedded fonts; a long receipt is on several pages.
    /// - Throws: when cairo, pango, libqrencode or the fonts are not installed; the error names the Debian package.
    package func pdf(of receipt: Receipt) throws -> [UInt8] {
        let sheet = ReceiptSheet(receipt)
        return try ReceiptPage(sheet: sheet).page.pdf(
            DocumentInfo(
                title: sheet.title, author: sheet.seller ?? "", creator: "qrpay",
                created: receipt.time?.iso8601, language: "ru-RU"))
    }

    /// A PNG of the page.
    /// - Parameter dotsPerInch: pixels an inch of the page.
    /// - Throws: as ``pdf(of:)``, and when the image would be more than 32,767 pixels tall or 67 million in all.
    package func png(of receipt: Receipt, dotsPerInch: Int = 144) throws -> [UInt8] {
        try ReceiptPage(sheet: ReceiptSheet(receipt)).page.png(scale: Double(dotsPerInch) / 72)
    }

    /// Plain text, each line ending in a newline.
    /// - Parameter width: columns, at least 24; 42 to 48 look best.
    package func text(of receipt: Receipt, width: Int = 48) -> String {
        ReceiptText(sheet: ReceiptSheet(receipt), width: max(24, width)).lines.map { $0 + "\n" }.joined()
    }
}
