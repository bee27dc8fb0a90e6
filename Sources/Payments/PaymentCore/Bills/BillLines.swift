import JSONKit

/// The lines of a bill as they are read, and what is odd about them.
struct BillLines {
    private(set) var lines: [BillLine] = []
    var warnings: [BillWarning] = []

    /// Adds a line.
    /// - Parameter name: a blank one is reported.
    mutating func append(name: FieldText, quantity: Quantity? = nil, amount: Money) throws(BillError) {
        if name.text.isBlank { warnings.append(BillWarning(kind: .unnamedLine, place: name.place)) }
        lines.append(BillLine(name: try name.name(), quantity: quantity, amount: amount))
    }

    /// Refuses one line more than ``Bill/maximumLines``, in its place.
    func checkRoom(at place: BillPlace) throws(BillError) {
        guard lines.count < Bill.maximumLines else { throw BillError(place, .tooManyLines(lines.count + 1)) }
    }
}
