package import JSONKit

/// Why a text is no bill that can be paid, and where.
package struct BillError: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        // The text as a whole.
        case tooLarge(maximumBytes: Int)
        case notUTF8
        /// What a byte order mark promises, or the bytes suggest, does not hold.
        case notText(TextEncoding)
        case json(JSONFlaw)
        case csv(CSVFlaw)
        /// Neither of the JSON forms, and no form was asked for.
        case unknownForm

        // One field.
        case missing
        case wrongType(expected: JSONKind)
        case notAnIdentifier(String)
        case money(MoneyError)
        case negative
        /// What the guest would be asked for.
        case negativeTotal(Money)
        case zeroQuantity
        case nameTooLong(codePoints: Int)

        // The bill.
        case nothingToPay
        case noLines
        case tooManyLines(Int)
        /// Only when asked to be strict: what otherwise would be warnings.
        case warnings([BillWarning])
        /// The text is about another restaurant, bill or currency than was asked for.
        case differs(asked: String, found: String)
        /// The lines form does not say whose bill it is.
        case restaurantNotGiven
        case billIDNotGiven

        // An order of iikoCloud.
        /// In another state than `Bill`, the only one that can be paid by QR: `New`, `Closed`, `Deleted`.
        case notABill(status: String)
        /// iikoCloud has not created the order: `InProgress`, `Error`.
        case notCreated(status: String)
        /// An answer, or a webhook's events, without an order.
        case noOrders
        /// An answer, or a webhook's events, with several orders, and none chosen.
        case severalOrders(Int)
        case noSuchOrder(String)
        case unknownItemType(String)
    }

    package var place: BillPlace
    package var reason: Reason

    package init(_ place: BillPlace, _ reason: Reason) {
        self.place = place
        self.reason = reason
    }
}

/// What kind of JSON value is expected in a place.
package enum JSONKind: String, Sendable {
    case object = "an object"
    case array = "an array"
    case string = "a string"
    case decimal = "a number or a decimal string"
    case boolean = "true or false"
}

/// Why a text is no CSV (RFC 4180) with the columns of a bill.
package enum CSVFlaw: Hashable, Sendable {
    case badHeader
    /// Another character than the header separates fields by, or amounts write their decimals with.
    case mixedSeparators(found: Unicode.Scalar, expected: Unicode.Scalar)
    /// A character between the header's names that is no separator.
    case unknownSeparator(Unicode.Scalar)
    case fieldCount(expected: Int, actual: Int)
    /// A quoted field never ends.
    case openQuote
    /// Something other than a separator or a line end follows a closing quote, or a bare field holds a quote.
    case strayQuote
}
