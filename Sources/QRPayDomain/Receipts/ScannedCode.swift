/// The text of the tax authority's QR code: `t=20231016T1313&s=270.00&fn=9999078900001234&i=4711&fp=1234567890&n=1`.
struct ScannedCode {
    let time: ReceiptTime
    /// What was paid in all.
    let total: Kopecks
    /// The fiscal storage, the document and its sign, as ``Receipt/Register`` has them.
    let storage: String
    let document: String
    let sign: String

    /// Nil for any other text. An address in front, up to a question mark, is left out.
    init?(_ text: String) {
        guard (30...400).contains(text.utf8.count), text.utf8.contains(UInt8(ascii: "&")) else { return nil }
        let query = text.split(separator: "?").last ?? ""
        let pairs = query.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1) }
        func value(_ name: String) -> String? {
            pairs.first { $0.count == 2 && $0[0] == name }.map { String($0[1]) }
        }
        guard let time = value("t").flatMap(ReceiptTime.init(basicISO8601:)), let storage = value("fn"),
            let document = value("i"), let sign = value("fp"),
            let total = value("s").flatMap({ try? ExactDecimal($0.utf8) }).flatMap(AmountUnit.roubles.kopecks)
        else { return nil }
        (self.time, self.total, self.storage, self.document, self.sign) = (time, total, storage, document, sign)
    }

    /// Whether none of a receipt's fiscal numbers contradicts the code.
    func fits(_ receipt: JSONObject) -> Bool {
        let numbers = [
            ("fiscalDriveNumber", storage), ("fiscalDocumentNumber", document), ("fiscalSign", sign),
        ]
        return numbers.allSatisfy { name, number in
            guard let value = receipt[name]?.withoutExtension, let decimal = value.decimal else { return true }
            // Where it went through a double, its last digits may be lost.
            if case .number = value, decimal.magnitude.integer ?? .max >= 1 << 53 { return true }
            return decimal == JSONValue.string(number).decimal
        }
    }
}
