import EncodingKit
import JSONKit

/// The rows of a CSV bill, whose first line names the columns.
struct CSVTable {
    struct Row {
        fileprivate let record: CSVRecord
        let name: FieldText
        /// The column of the amount.
        let amount: Int
        var place: BillPlace { .line(record.line) }
    }

    private static let separators: [Unicode.Scalar] = [",", ";", "\t"]

    private let text: [UInt8]
    private let separator: Unicode.Scalar
    private let columns: Columns
    private var reader: CSVReader
    /// The decimal separator, known once one was used.
    private var decimalMark: Unicode.Scalar?

    init(_ text: [UInt8]) throws(BillError) {
        let text = Self.withLineFeeds(text)
        self.text = text
        let hint = try SeparatorHint(text)
        let header = Self.headerLine(text, from: hint.end)
        separator = hint.separator ?? header.unicodeScalars.first(where: Self.separators.contains) ?? ","
        reader = CSVReader(text: text, separator: UInt8(ascii: separator), from: hint.end, line: hint.end == 0 ? 1 : 2)
        guard var record = try Self.record(from: &reader) else { throw BillError(.line(1), .csv(.badHeader)) }
        record.dropBlankFields(beyond: 1)
        guard let columns = Columns(record.fields) else {
            throw Self.headerError(record, header, separator, text)
        }
        self.columns = columns
        decimalMark = separator == "," ? "." : nil
    }

    /// The next line with a non-blank field; nil at the end.
    mutating func next() throws(BillError) -> Row? {
        var record: CSVRecord
        repeat {
            guard let next = try Self.record(from: &reader) else { return nil }
            record = next
        } while record.fields.count > 1 && record.fields.allSatisfy(\.isBlank)
        record.dropBlankFields(beyond: columns.count)
        let isWhole = record.fields.count == columns.count
        // A name may contain a comma when semicolons separate; a semicolon when commas do may have split an amount.
        if !isWhole || separator == "," { try checkSeparators(of: record) }
        guard isWhole else {
            try checkDecimalComma(in: record)
            throw BillError(
                .line(record.line), .csv(.fieldCount(expected: columns.count, actual: record.fields.count)))
        }
        return Row(
            record: record, name: FieldText(text: record.fields[columns.name], place: .line(record.line)),
            amount: columns.amount)
    }

    /// Nil when the column is missing or empty, and for negative values.
    mutating func quantity(of row: Row) throws(BillError) -> Quantity? {
        guard let column = columns.quantity, !row.record.fields[column].isBlank else { return nil }
        let quantity = try decimal(column, of: row, unit: nil).quantity()
        guard quantity.rounded.millionths != 0 else { throw BillError(row.place, .zeroQuantity) }
        return quantity.shown
    }

    /// A number as decimal text. When semicolons or tabs separate, it may be written as spreadsheets display it: with a
    /// decimal comma or point, consistently; with spaces as thousands separators; followed by the currency.
    mutating func decimal(_ column: Int, of row: Row, unit: Currency?) throws(BillError) -> FieldText {
        let isSpreadsheet = separator != ","
        let field = row.record.fields[column]
        let written = isSpreadsheet ? SpreadsheetNumber.withoutUnit(field, unit) : field
        let marks = written.unicodeScalars.filter { $0 == "," || $0 == "." }
        for mark in Set(marks).sorted() {
            if let decimalMark, decimalMark != mark {
                throw BillError(
                    position(of: mark, in: column, of: row.record),
                    .csv(.mixedSeparators(found: mark, expected: decimalMark)))
            }
            decimalMark = mark
        }
        return FieldText(text: isSpreadsheet ? SpreadsheetNumber.plain(written) : written, place: row.place)
    }

    // MARK: Errors

    private static func record(from reader: inout CSVReader) throws(BillError) -> CSVRecord? {
        do throws(CSVError) {
            return try reader.next()
        } catch {
            throw BillError(.line(error.line), .csv(CSVFlaw(error.flaw)))
        }
    }

    /// Refuses an unquoted separator other than the header's.
    private func checkSeparators(of record: CSVRecord) throws(BillError) {
        for (column, field) in record.fields.enumerated() where !isQuoted(column, record) {
            if let other = field.unicodeScalars.first(where: Self.separators.contains) {
                throw BillError(
                    position(of: other, in: column, of: record),
                    .csv(.mixedSeparators(found: other, expected: separator)))
            }
        }
    }

    /// Reports an amount whose decimal comma was read as a separator.
    private func checkDecimalComma(in record: CSVRecord) throws(BillError) {
        guard separator == ",", record.fields.count > columns.count else { return }
        let isNumber: (Int) -> Bool = { column in
            let digits = record.fields[column].utf8.drop { $0 == UInt8(ascii: "-") }
            return !digits.isEmpty && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
        let cut = record.fields.indices.dropFirst().first { isNumber($0 - 1) && isNumber($0) }
        if let cut {
            throw BillError(
                .position(of: record.starts[cut] - 1, in: text), .csv(.mixedSeparators(found: ",", expected: ".")))
        }
    }

    private func isQuoted(_ column: Int, _ record: CSVRecord) -> Bool {
        let start = record.starts[column]
        return start < text.count && text[start] == UInt8(ascii: "\"")
    }

    private func position(of scalar: Unicode.Scalar, in column: Int, of record: CSVRecord) -> BillPlace {
        let start = record.starts[column]
        return .position(of: text[start...].firstIndex(of: UInt8(ascii: scalar)) ?? start, in: text)
    }

    private static func headerError(
        _ record: CSVRecord, _ header: String, _ separator: Unicode.Scalar, _ text: [UInt8]
    ) -> BillError {
        let plain = record.fields.joined(separator: String(Character(separator)))
        let scalars = plain.unicodeScalars
        let start = record.starts[0]
        let place = { (scalar: Unicode.Scalar) in
            BillPlace.position(of: text[start...].firstIndex(of: String(scalar).utf8.first ?? 0) ?? start, in: text)
        }
        if let other = scalars.first(where: { $0 != separator && separators.contains($0) }) {
            return BillError(place(other), .csv(.mixedSeparators(found: other, expected: separator)))
        }
        let isSeparator: (Unicode.Scalar) -> Bool = { scalar in
            scalar != separator && Columns(scalars.split(separator: scalar).map { String($0) }) != nil
        }
        if let other = scalars.first(where: { !("a"..."z").contains($0) }), isSeparator(other) {
            return BillError(place(other), .csv(.unknownSeparator(other)))
        }
        return BillError(.line(record.line), .csv(.badHeader))
    }

    /// The text with line ends that the reader knows: some spreadsheets end lines in a carriage return alone.
    private static func withLineFeeds(_ text: [UInt8]) -> [UInt8] {
        guard !text.contains(UInt8(ascii: "\n")) else { return text }
        return text.map { $0 == UInt8(ascii: "\r") ? UInt8(ascii: "\n") : $0 }
    }

    /// The first line that is not empty.
    private static func headerLine(_ text: [UInt8], from offset: Int) -> String {
        let isLineEnd: (UInt8) -> Bool = { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        return String(decoding: text[offset...].drop(while: isLineEnd).prefix { !isLineEnd($0) }, as: UTF8.self)
    }
}

extension CSVRecord {
    /// Drops fields at the end that spreadsheets write for empty columns.
    fileprivate mutating func dropBlankFields(beyond count: Int) {
        while fields.count > count, fields.last?.isBlank == true {
            fields.removeLast()
            starts.removeLast()
        }
    }
}

/// The positions of the columns.
private struct Columns {
    let count: Int
    let name: Int
    let amount: Int
    let quantity: Int?

    /// Nil when a column is missing, unknown or repeated.
    init?(_ header: [String]) {
        guard Set(header).count == header.count, Set(header).isSubset(of: ["name", "amount", "quantity"]),
            let name = header.firstIndex(of: "name"), let amount = header.firstIndex(of: "amount")
        else { return nil }
        count = header.count
        self.name = name
        self.amount = amount
        quantity = header.firstIndex(of: "quantity")
    }
}

/// A first line `sep=;`, which tells Excel the field separator.
private struct SeparatorHint {
    /// Nil without such a line.
    private(set) var separator: Unicode.Scalar?
    /// The start of the next line.
    private(set) var end = 0

    init(_ text: [UInt8]) throws(BillError) {
        let line = text.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        let scalars = Array(String(decoding: line, as: UTF8.self).unicodeScalars)
        guard scalars.count == 5, String(String.UnicodeScalarView(scalars[..<4])).lowercased() == "sep=" else { return }
        guard [",", ";", "\t"].contains(scalars[4]) else {
            throw BillError(.position(line: 1, column: 5), .csv(.unknownSeparator(scalars[4])))
        }
        separator = scalars[4]
        end = (text.firstIndex(of: UInt8(ascii: "\n")) ?? text.count - 1) + 1
    }
}
