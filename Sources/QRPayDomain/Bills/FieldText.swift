/// The text of one field of a bill and where it stands: read as a name, an id, an amount, or refused there.
struct FieldText {
    var text: String
    var place: BillPlace

    /// A line's name: not blank, and no longer than ``BillLine/maximumNameLength``.
    func name() throws(BillError) -> String {
        guard !text.allSatisfy(\.isWhitespace) else { throw BillError(place, .emptyName) }
        let count = text.unicodeScalars.count
        guard count <= BillLine.maximumNameLength else { throw BillError(place, .nameTooLong(codePoints: count)) }
        return text
    }

    func identifier() throws(BillError) -> String {
        guard Identifier.isValid(text) else { throw BillError(place, .notAnIdentifier(text)) }
        return text
    }

    func currency() throws(BillError) -> Currency {
        try place.checked { () throws(MoneyError) in try Currency(code: text) }
    }

    /// An amount that is not negative.
    func amount(in currency: Currency) throws(BillError) -> Money {
        let amount = try place.checked { () throws(MoneyError) in try Money(decimal: text, currency: currency) }
        guard !amount.isNegative else { throw BillError(place, .negative) }
        return amount
    }

    /// A quantity that is not negative.
    func quantity() throws(BillError) -> Quantity {
        let quantity = try place.checked { () throws(MoneyError) in try Quantity(text) }
        guard quantity.millionths >= 0 else { throw BillError(place, .negative) }
        return quantity
    }
}

extension BillPlace {
    /// The outcome of `compute`; what cannot be computed is an error in this place.
    func checked<Value>(_ compute: () throws(MoneyError) -> Value) throws(BillError) -> Value {
        do throws(MoneyError) {
            return try compute()
        } catch {
            throw BillError(self, .money(error))
        }
    }
}
