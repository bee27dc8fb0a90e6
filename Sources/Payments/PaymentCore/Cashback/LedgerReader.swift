import EncodingKit
import JSONKit
import WorldKit

/// Splits a stream of bytes into the rows of a cashback ledger: CSV with a header, or JSON lines.
///
/// The first byte shows the format. At most one row is in memory, and an unusable line affects no other, except for a
/// CSV field with an unclosed quote, which extends to the next quote.
package struct LedgerReader {
    /// The contents of each row; in CSV in any order, possibly with other columns.
    package static let columns = ["id", "key", "order_id", "uid", "kind", "currency", "amount", "at"]

    /// One row of a stream, or why it is invalid.
    package struct Entry: Sendable {
        /// From 1.
        package var line: Int
        package var row: Result<CashbackLedgerRow, LedgerFlaw>
    }

    private enum Form {
        /// Only blank so far.
        case unknown
        case csvHeader
        /// The positions of ``LedgerReader/columns``, and the total number of columns.
        case csv(places: [Int], count: Int)
        case jsonLines
        /// The header is invalid.
        case refused
    }

    private var form = Form.unknown
    /// Input before the format was known: at most part of a byte order mark.
    private(set) var beginning: [UInt8] = []
    private var isAtStart = true
    /// The number, from 1, of the line where the first record may begin.
    private var line = 1
    private var splitter = RecordSplitter(.lines)

    package init() {}

    /// Takes the next bytes of the stream and passes on each row they complete.
    package mutating func append(_ chunk: [UInt8], _ receive: (Entry) throws -> Void) rethrows {
        guard case .unknown = form else { return try split(chunk, receive) }
        beginning += chunk
        if isAtStart {
            guard !Self.byteOrderMark.starts(with: beginning) else { return }
            if beginning.starts(with: Self.byteOrderMark) { beginning.removeFirst(Self.byteOrderMark.count) }
            isAtStart = false
        }
        let start = beginning.firstIndex { !Self.isBlank($0) } ?? beginning.endIndex
        for byte in beginning[..<start] where byte == UInt8(ascii: "\n") { line += 1 }
        let content = Array(beginning[start...])
        beginning = []
        guard let first = content.first else { return }
        let isJSON = first == UInt8(ascii: "{")
        form = isJSON ? .jsonLines : .csvHeader
        splitter = RecordSplitter(isJSON ? .lines : .csv, line: line)
        try split(content, receive)
    }

    /// Ends the stream and passes on the remaining row.
    package mutating func finish(_ receive: (Entry) throws -> Void) rethrows {
        if case .unknown = form { return try receive(Entry(line: 1, row: .failure(.empty))) }
        var last: RecordSplitter.Record?
        splitter.finish { last = $0 }
        if let last { try read(last, receive) }
    }

    private mutating func split(_ chunk: [UInt8], _ receive: (Entry) throws -> Void) rethrows {
        var splitter = splitter
        defer { self.splitter = splitter }
        try splitter.append(chunk) { try read($0, receive) }
    }

    private mutating func read(_ record: RecordSplitter.Record, _ receive: (Entry) throws -> Void) rethrows {
        guard record.bytes?.allSatisfy(Self.isBlank) != true else { return }
        let row: Result<CashbackLedgerRow, LedgerFlaw>
        do throws(LedgerFlaw) {
            guard let value = try self.row(record) else { return }
            row = .success(value)
        } catch {
            row = .failure(error)
        }
        try receive(Entry(line: record.line, row: row))
    }

    /// Nil for the header, which is not a row.
    private mutating func row(_ record: RecordSplitter.Record) throws(LedgerFlaw) -> CashbackLedgerRow? {
        if case .refused = form { return nil }
        guard let bytes = record.bytes else { throw .tooLong }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .notUTF8 }
        switch form {
        case .jsonLines:
            let fields = try Self.members(bytes)
            return try CashbackLedgerRow(fields)
        case .csv(let places, let count):
            let fields = try Self.fields(bytes)
            guard fields.count == count else { throw .csv(.fieldCount(expected: count, actual: fields.count)) }
            return try CashbackLedgerRow(places.map { fields[$0] })
        case .csvHeader:
            form = .refused
            let names = try Self.fields(bytes)
            let places = Self.columns.compactMap { names.firstIndex(of: $0) }
            guard places.count == Self.columns.count, Set(names).count == names.count else {
                throw .unknownForm(names.joined(separator: ","))
            }
            form = .csv(places: places, count: names.count)
            return nil
        case .unknown, .refused: return nil
        }
    }

    private static func fields(_ bytes: [UInt8]) throws(LedgerFlaw) -> [String] {
        // A carriage return before the line feed that ended the record.
        var reader = CSVReader(text: bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes)
        do throws(CSVError) {
            return try reader.next()?.fields ?? []
        } catch {
            throw .csv(CSVFlaw(error.flaw))
        }
    }

    private static func members(_ bytes: [UInt8]) throws(LedgerFlaw) -> [String] {
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue(parsing: bytes, as: .interoperable) } catch {
            throw .json(error.flaw)
        }
        guard let object = value.object else { throw .notAnObject }
        var fields: [String] = []
        for name in columns {
            switch object[name] {
            case .string(let text), .number(let text): fields.append(text)
            default: throw .missing(name)
            }
        }
        return fields
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
}

extension CashbackLedgerRow {
    /// - Parameter fields: in the order of ``LedgerReader/columns``.
    fileprivate init(_ fields: [String]) throws(LedgerFlaw) {
        func field(_ place: Int) throws(LedgerFlaw) -> String {
            guard !fields[place].isEmpty else { throw .missing(LedgerReader.columns[place]) }
            return fields[place]
        }
        guard let kind = CashbackEntry.Kind(rawValue: try field(4)) else { throw .unknownKind(fields[4]) }
        let amount: Money
        do throws(MoneyError) {
            amount = try Money(decimal: fields[6], currency: try Currency(code: fields[5]))
        } catch {
            throw .amount(error)
        }
        guard let at = Instant(rfc3339: try field(7)) else { throw .badTime(fields[7]) }
        self.init(
            id: try field(0),
            entry: CashbackEntry(key: fields[1], orderID: try field(2), uid: fields[3], kind: kind, amount: amount),
            at: at)
    }
}
