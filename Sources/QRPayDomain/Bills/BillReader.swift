import JSONKit

/// Reads a bill in any of its forms.
///
/// Input is bounded in size, depth and lines, and every refusal says where and why.
package enum BillReader {
    package static let maximumBytes = 4 << 20

    /// Reads one bill.
    ///
    /// - Parameters:
    ///   - format: nil to tell the form from the content.
    ///   - restaurant: whose bill it is; needed by the lines form. Another form that names somebody else is refused.
    ///   - billID: the bill's id; needed by the lines form. Chooses among the orders of an iikoCloud answer, and a bill
    ///     with another id is refused.
    ///   - currency: an ISO 4217 code for the forms that name none; nil is RUB. A form that names another is refused.
    ///   - isStrict: refuse lines that do not add up to the total, where otherwise they are a warning.
    package static func read(
        _ bytes: [UInt8], format: BillFormat?, restaurant: String?, billID: String?, currency: String?, isStrict: Bool
    ) throws(BillError) -> (bill: Bill, warnings: [BillWarning], format: BillFormat) {
        let text = try utf8(bytes)
        let asked = try AskedFor(restaurant: restaurant, billID: billID, currency: currency)
        var (form, draft) = try self.draft(of: text, format: format, asked: asked)
        try draft.check(isStrict: isStrict)
        return (draft.bill, draft.warnings, form)
    }

    private static func draft(
        of text: [UInt8], format: BillFormat?, asked: AskedFor
    ) throws(BillError) -> (BillFormat, BillDraft) {
        if format == .lines || (format == nil && !looksLikeJSON(text)) {
            return (.lines, try LinesForm.read(text, asked: asked))
        }
        let root = JSONField(root: try json(text))
        if try isSeed(root, format: format) { return (.seed, try SeedForm.read(root, asked: asked)) }
        return (.iikocloud, try IikoCloudForm.read(root, asked: asked))
    }

    /// The text without a byte order mark, known to be UTF-8.
    private static func utf8(_ bytes: [UInt8]) throws(BillError) -> [UInt8] {
        guard bytes.count <= maximumBytes else { throw BillError(.whole, .tooLarge(maximumBytes: maximumBytes)) }
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: text.span)
        } catch {
            throw BillError(position(of: error.byteOffsets.lowerBound, in: text), .notUTF8)
        }
        return text
    }

    private static func looksLikeJSON(_ text: [UInt8]) -> Bool {
        let first = text.first { !Character(Unicode.Scalar($0)).isWhitespace }
        return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    }

    private static func json(_ text: [UInt8]) throws(BillError) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: text, as: .interoperable)
        } catch {
            throw BillError(position(of: error.offset, in: text), .json(error.flaw))
        }
    }

    /// Whether JSON is a bill of the seed form, or else of iikoCloud's.
    private static func isSeed(_ root: JSONField, format: BillFormat?) throws(BillError) -> Bool {
        if let format { return format == .seed }
        if try root["bill"].value != nil { return true }
        for name in ["orders", "order", "creationStatus"] where try root[name].value != nil { return false }
        throw BillError(.whole, .unknownForm)
    }

    private static func position(of offset: Int, in text: [UInt8]) -> BillPlace {
        let before = text[..<offset]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let isContinuation: (UInt8) -> Bool = { $0 & 0b1100_0000 == 0b1000_0000 }
        return .position(
            line: before.count { $0 == UInt8(ascii: "\n") } + 1,
            column: before[lineStart...].count { !isContinuation($0) } + 1)
    }
}
