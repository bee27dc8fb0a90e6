import EncodingKit
import JSONKit

/// The text of the tax authority's QR code: `t=20231016T1313&s=270.00&fn=9999078900001234&i=4711&fp=1234567890&n=1`.
struct ScannedCode {
    let time: ReceiptTime
    /// The total paid.
    let total: Kopecks
    /// The numbers of fiscal storage, document and sign, by the receipt's names.
    private let numbers: [(name: String, value: String)]

    /// Nil for any other text. A leading address up to a question mark is ignored.
    init?(_ text: String) {
        guard (20...400).contains(text.utf8.count), text.utf8.contains(UInt8(ascii: "&")) else { return nil }
        let query = text.split(separator: "?").last ?? ""
        let pairs = query.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1) }
        func value(_ name: String) -> String? {
            pairs.first { $0.count == 2 && $0[0] == name }.map { String($0[1]) }
        }
        guard let time = value("t").flatMap(ReceiptTime.init(basicISO8601:)),
            let total = value("s").flatMap({ try? ExactDecimal($0.utf8) }).flatMap(AmountUnit.roubles.kopecks)
        else { return nil }
        (self.time, self.total) = (time, total)
        numbers = [("fiscalDriveNumber", "fn"), ("fiscalDocumentNumber", "i"), ("fiscalSign", "fp")]
            .compactMap { name, key in value(key).map { (name, $0) } }
    }

    /// Whether none of a receipt's fiscal numbers contradicts the code.
    func fits(_ receipt: JSONObject) -> Bool {
        numbers.allSatisfy { name, number in
            guard let value = receipt[name]?.withoutExtension, let decimal = value.decimal else { return true }
            // A number converted through a double may have lost its last digits.
            if case .number = value, decimal.magnitude.integer ?? .max >= 1 << 53 { return true }
            return decimal == JSONValue.string(number).decimal
        }
    }
}
