import JSONKit

/// The lines of a bill while being read, with the warnings about them.
struct BillLines {
    private(set) var lines: [BillLine] = []
    var warnings: [BillWarning] = []

    /// Adds a line.
    /// - Parameter name: a blank one is reported.
    mutating func append(name: FieldText, quantity: Quantity? = nil, amount: Money) throws(BillError) {
        if name.text.isBlank { warnings.append(BillWarning(kind: .unnamedLine, place: name.place)) }
        lines.append(BillLine(name: try name.name(), quantity: quantity, amount: amount))
    }

    /// Refuses more lines than ``Bill/maximumLines``, at their location.
    func checkLineLimit(at place: BillPlace) throws(BillError) {
        guard lines.count < Bill.maximumLines else { throw BillError(place, .tooManyLines(lines.count + 1)) }
    }
}
