/// The form for scripts: CSV with a header `name,amount`, and `quantity` if wanted; the total is the sum of the lines.
enum LinesForm {
    static func read(_ text: [UInt8], asked: AskedFor) throws(BillError) -> BillDraft {
        var reader = CSVReader(text: text)
        guard let header = try record(from: &reader), let columns = Columns(header.fields) else {
            throw BillError(.line(1), .csv(.badHeader))
        }
        guard let restaurant = asked.restaurant else { throw BillError(.whole, .restaurantNotGiven) }
        guard let billID = asked.billID else { throw BillError(.whole, .billIDNotGiven) }
        let currency = asked.currency ?? .rub
        var lines: [BillLine] = []
        while let record = try record(from: &reader) {
            guard lines.count < Bill.maximumLines else {
                throw BillError(.line(record.line), .tooManyLines(lines.count + 1))
            }
            guard record.fields.count == header.fields.count else {
                throw BillError(
                    .line(record.line), .csv(.fieldCount(expected: header.fields.count, actual: record.fields.count)))
            }
            lines.append(
                BillLine(
                    name: try record[columns.name].name(), quantity: try columns.quantity(of: record),
                    amount: try record[columns.amount].amount(in: currency)))
        }
        let total = try BillDraft.sum(of: lines, in: currency, at: .whole)
        return BillDraft(
            bill: Bill(clientID: restaurant, internalOrderID: billID, amount: total, lines: lines),
            totalPlace: .whole, linesPlace: .whole)
    }

    private static func record(from reader: inout CSVReader) throws(BillError) -> CSVRecord? {
        do throws(CSVError) {
            return try reader.next()
        } catch {
            throw BillError(.line(error.line), .csv(error.flaw))
        }
    }

    /// Where the columns stand.
    private struct Columns {
        var name: Int
        var amount: Int
        private var quantity: Int?

        /// Nil when a column is missing, unknown or repeated.
        init?(_ header: [String]) {
            guard Set(header).count == header.count, Set(header).isSubset(of: ["name", "amount", "quantity"]),
                let name = header.firstIndex(of: "name"), let amount = header.firstIndex(of: "amount")
            else { return nil }
            self.name = name
            self.amount = amount
            quantity = header.firstIndex(of: "quantity")
        }

        /// Nil where there is no such column, or nothing in it.
        func quantity(of record: CSVRecord) throws(BillError) -> Quantity? {
            guard let quantity, !record.fields[quantity].isEmpty else { return nil }
            let value = try record[quantity].quantity()
            guard value.millionths > 0 else { throw BillError(.line(record.line), .zeroQuantity) }
            return value
        }
    }
}

extension CSVRecord {
    fileprivate subscript(_ column: Int) -> FieldText { FieldText(text: fields[column], place: .line(line)) }
}
