import FiscalReceipts
import Foundation
import Testing

/// The fixture receipts and their golden files.
enum Fixture {
    static let names = ["sale", "refund", "thin", "changes", "english", "correction", "agent"]

    /// A receipt with one of everything.
    static let sale = "sale"

    static func receipt(_ name: String) throws -> Receipt {
        try ReceiptParser.receipt(from: [UInt8](try Data(contentsOf: file("\(name).json"))))
    }

    /// The sale with other items.
    static func receipt(items count: Int, name: String = "Товар") throws -> Receipt {
        var receipt = try Self.receipt(sale)
        let item = try #require(receipt.items.first)
        receipt.items = (0..<count).map { index in
            var item = item
            item.name = count > 1 ? "\(name) \(index + 1)" : name
            return item
        }
        return receipt
    }

    /// The golden text; with `QRPAY_RECORD=1` the new text, which is recorded.
    static func golden(_ name: String, newText: String) throws -> String {
        if ProcessInfo.processInfo.environment["QRPAY_RECORD"] == "1" {
            try Data(newText.utf8).write(to: file(name))
            throw Recorded(file: name)
        }
        return String(decoding: try Data(contentsOf: file(name)), as: UTF8.self)
    }

    /// Fails a run that recorded golden files.
    struct Recorded: Error { var file: String }

    private static func file(_ name: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)")
    }
}
