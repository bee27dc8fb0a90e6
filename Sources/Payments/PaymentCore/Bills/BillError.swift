package import EncodingKit
package import JSONKit

/// Why a text is not a payable bill, and where.
package struct BillError: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        // The text as a whole.
        case tooLarge(maximumBytes: Int)
        case notUTF8
        /// The encoding indicated by a byte order mark, or by the bytes, does not hold.
        case notText(TextEncoding)
        case json(JSONFlaw)
        case csv(CSVFlaw)
        /// Neither of the JSON formats, and no format was requested.
        case unknownForm

        // One field.
        case missing
        case wrongType(expected: JSONKind)
        case notAnIdentifier(String)
        case money(MoneyError)
        case negative
        /// The amount requested from the guest.
        case negativeTotal(Money)
        case zeroQuantity
        case nameTooLong(codePoints: Int)

        // The bill.
        case nothingToPay
        case noLines
        case tooManyLines(Int)
        /// Only in strict mode: what otherwise would be warnings.
        case warnings([BillWarning])
        /// The text is about another restaurant, bill or currency than requested.
        case differs(asked: String, found: String)
        /// The lines format does not identify the restaurant or bill.
        case restaurantNotGiven
        case billIDNotGiven

        // An iikoCloud order.
        /// In a state other than `Bill`, the only one that can be paid by QR: `New`, `Closed`, `Deleted`.
        case notABill(status: String)
        /// iikoCloud has not created the order: `InProgress`, `Error`.
        case notCreated(status: String)
        /// A response, or a webhook's events, without an order.
        case noOrders
        /// A response, or a webhook's events, with several orders, and none selected.
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

/// The kind of JSON value expected in a place.
package enum JSONKind: String, Sendable {
    case object = "an object"
    case array = "an array"
    case string = "a string"
    case decimal = "a number or a decimal string"
    case boolean = "true or false"
}

/// Why a text is not CSV (RFC 4180) with the columns of a bill.
package enum CSVFlaw: Hashable, Sendable {
    case badHeader
    /// A field separator other than the header's, or a decimal separator other than that of earlier amounts.
    case mixedSeparators(found: Unicode.Scalar, expected: Unicode.Scalar)
    /// A character between the header's names that is not a supported separator.
    case unknownSeparator(Unicode.Scalar)
    case fieldCount(expected: Int, actual: Int)
    /// An unterminated quoted field.
    case openQuote
    /// Something other than a separator or a line end follows a closing quote, or an unquoted field contains a quote.
    case strayQuote
}

extension CSVFlaw {
    init(_ flaw: CSVError.Flaw) {
        switch flaw {
        case .openQuote: self = .openQuote
        case .strayQuote: self = .strayQuote
        }
    }
}
