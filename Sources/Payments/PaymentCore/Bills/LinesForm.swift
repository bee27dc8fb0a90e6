import JSONKit

/// The format for scripts and spreadsheets: CSV with a header `name,amount` and optionally `quantity`; the total is the
/// sum of the lines.
///
/// Fields are separated by commas, or, as spreadsheets do where decimals have a comma, by semicolons or tabs.
enum LinesForm {
    static func read(_ text: [UInt8], asked: AskedFor) throws(BillError) -> BillDraft {
        var table = try CSVTable(text)
        guard let restaurant = asked.restaurant else { throw BillError(.whole, .restaurantNotGiven) }
        guard let billID = asked.billID else { throw BillError(.whole, .billIDNotGiven) }
        let currency = asked.currency ?? .rub
        var lines = BillLines()
        while let row = try table.next() {
            try lines.checkLineLimit(at: row.place)
            try lines.append(
                name: row.name, quantity: table.quantity(of: row),
                amount: table.decimal(row.amount, of: row, unit: currency).money(in: currency))
        }
        let total = try BillDraft.sum(of: lines.lines, in: currency, at: .whole)
        return BillDraft(
            bill: Bill(clientID: restaurant, internalOrderID: billID, amount: total, lines: lines.lines),
            warnings: lines.warnings, totalPlace: .whole, linesPlace: .whole)
    }
}
