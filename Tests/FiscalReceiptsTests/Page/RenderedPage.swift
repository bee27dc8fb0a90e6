import DrawingKit
import FiscalReceipts
import TestSupport
import Testing

/// A receipt's page as read by other programs.
enum RenderedPage {
    /// A word of a page and its position in points from the top left corner.
    struct Word {
        var text: Substring
        var left: Double
        var top: Double
        var right: Double
    }

    static func words(of receipt: Receipt) throws -> [Word] {
        let directory = try TemporaryDirectory()
        let path = try directory.write(ReceiptRenderer().pdf(of: receipt), as: "receipt.pdf")
        let boxes = try Tool("pdftotext", "-bbox", path, "-").output
        return boxes.matches(of: /xMin="([0-9.]+)" yMin="([0-9.]+)" xMax="([0-9.]+)" .*>(.*)<\/word>/).compactMap {
            guard let left = Double($0.1), let top = Double($0.2), let right = Double($0.3) else { return nil }
            return Word(text: $0.4, left: left, top: top, right: right)
        }
    }

    static func text(of receipt: Receipt) throws -> String {
        let directory = try TemporaryDirectory()
        return try Tool(
            "pdftotext", "-layout", directory.write(ReceiptRenderer().pdf(of: receipt), as: "receipt.pdf"), "-"
        )
        .output
        .replacing(/[ \u{A0}]+/, with: " ")
    }

    /// In points.
    static func height(of receipt: Receipt) throws -> Double {
        let directory = try TemporaryDirectory()
        let about = try Tool("pdfinfo", directory.write(ReceiptRenderer().pdf(of: receipt), as: "receipt.pdf")).output
        return try #require(about.firstMatch(of: /Page size: +226.77 x ([0-9.]+) pts/).flatMap { Double($0.1) })
    }
}
