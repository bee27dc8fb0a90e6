import EncodingKit
import JSONKit

/// Reads a bill in any of its formats.
///
/// Input is bounded in size, depth and lines, and every error says where and why.
package enum BillReader {
    package static let maximumBytes = 4 << 20

    /// Reads one bill.
    ///
    /// JSON that was requested as such is UTF-8. Other text may also be UTF-16, and CSV Windows-1251, as spreadsheets
    /// write it.
    /// - Parameters:
    ///   - format: nil to detect the format from the content.
    ///   - restaurant: the bill's restaurant; required by the lines format. A bill of another restaurant is refused.
    ///   - billID: the bill's id; required by the lines format. Selects among the orders of an iikoCloud response, and
    ///     a bill with another id is refused.
    ///   - currency: an ISO 4217 code for formats without one; nil is RUB. A bill in another currency is refused.
    ///   - isStrict: refuse a bill with warnings, unless nothing of it is left to pay.
    package static func read(
        _ bytes: [UInt8], format: BillFormat?, restaurant: String?, billID: String?, currency: String?, isStrict: Bool
    ) throws(BillError) -> (bill: Bill, warnings: [BillWarning], format: BillFormat) {
        guard bytes.count <= maximumBytes else { throw BillError(.whole, .tooLarge(maximumBytes: maximumBytes)) }
        let asked = try AskedFor(restaurant: restaurant, billID: billID, currency: currency)
        var (form, draft) = try self.draft(of: bytes, format: format, asked: asked)
        try draft.check(isStrict: isStrict)
        return (draft.bill, draft.warnings, form)
    }

    private static func draft(
        of bytes: [UInt8], format: BillFormat?, asked: AskedFor
    ) throws(BillError) -> (BillFormat, BillDraft) {
        let isJSONAskedFor = format != nil && format != .lines
        let (text, assumed) = try isJSONAskedFor ? (utf8(bytes), nil) : decoded(bytes)
        if format == .lines || (format == nil && !looksLikeJSON(text)) {
            return (.lines, try lines(text, assumed, asked, bytes))
        }
        let root = JSONField(root: try json(text))
        var (form, draft) =
            try isSeed(root, format: format)
            ? (BillFormat.seed, SeedForm.read(root, asked: asked))
            : (.iikocloud, IikoCloudForm.read(root, asked: asked))
        if let assumed { draft.warnings.insert(BillWarning(kind: .encodingAssumed(assumed), place: .whole), at: 0) }
        return (form, draft)
    }

    private static func lines(
        _ text: [UInt8], _ assumed: TextEncoding?, _ asked: AskedFor, _ bytes: [UInt8]
    ) throws(BillError) -> BillDraft {
        do throws(BillError) {
            var draft = try LinesForm.read(text, asked: asked)
            if let assumed {
                draft.warnings.insert(BillWarning(kind: .encodingAssumed(assumed), place: .whole), at: 0)
            }
            return draft
        } catch {
            // Without even a header it is not text in that encoding.
            if assumed == .windows1251, case .csv = error.reason, error.place == .line(1) { _ = try utf8(bytes) }
            throw error
        }
    }

    // MARK: Text

    /// The text as UTF-8, and the encoding that was assumed in the absence of a byte order mark.
    private static func decoded(_ bytes: [UInt8]) throws(BillError) -> (text: [UInt8], assumed: TextEncoding?) {
        let marked = TextEncoding.marked(bytes)
        if let encoding = marked ?? TextEncoding.unmarked(bytes) {
            guard let text = encoding.utf8(bytes) else { throw BillError(.whole, .notText(encoding)) }
            return (text, marked == nil ? encoding : nil)
        }
        do throws(BillError) {
            return (try utf8(bytes), nil)
        } catch {
            guard !looksLikeJSON(bytes), !isMostlyUTF8(bytes), let text = TextEncoding.windows1251.utf8(bytes) else {
                throw error
            }
            return (text, .windows1251)
        }
    }

    /// The text without a byte order mark, validated as UTF-8.
    private static func utf8(_ bytes: [UInt8]) throws(BillError) -> [UInt8] {
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: text.span)
        } catch {
            throw BillError(.position(of: error.byteOffsets.lowerBound, in: text), .notUTF8)
        }
        return text
    }

    /// Whether most non-ASCII bytes are valid UTF-8: then the rest is damage, and not another encoding.
    private static func isMostlyUTF8(_ bytes: [UInt8]) -> Bool {
        let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars.lazy.filter { !$0.isASCII }
        let (damaged, all) = scalars.reduce((0, 0)) { ($0.0 + ($1 == "\u{FFFD}" ? 1 : 0), $0.1 + 1) }
        return damaged * 2 < all
    }

    private static func looksLikeJSON(_ text: [UInt8]) -> Bool {
        let first = text.first { !Character(Unicode.Scalar($0)).isWhitespace }
        return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    }

    // MARK: JSON

    private static func json(_ text: [UInt8]) throws(BillError) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: text, as: .interoperable)
        } catch {
            throw BillError(.position(of: error.offset, in: text), .json(error.flaw))
        }
    }

    /// Whether JSON is a bill in the seed format, otherwise in iikoCloud's.
    private static func isSeed(_ root: JSONField, format: BillFormat?) throws(BillError) -> Bool {
        if let format { return format == .seed }
        if case .array = root.value { return false }
        if try root["bill"].value != nil { return true }
        for name in ["orders", "order", "creationStatus", "eventInfo"] where try root[name].value != nil {
            return false
        }
        throw BillError(.whole, .unknownForm)
    }
}

extension BillPlace {
    /// The location of the byte at `offset` in UTF-8 text.
    static func position(of offset: Int, in text: [UInt8]) -> BillPlace {
        let before = text[..<offset]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let isContinuation: (UInt8) -> Bool = { $0 & 0b1100_0000 == 0b1000_0000 }
        return .position(
            line: before.count { $0 == UInt8(ascii: "\n") } + 1,
            column: before[lineStart...].count { !isContinuation($0) } + 1)
    }
}
