import EncodingKit
import JSONKit

extension BillError: CustomStringConvertible {
    package var description: String { message }

    /// Place and reason in words, `"bill.elements[2].amount: \"1.234\" has more than 2 decimals"`.
    package var message: String { place == .whole ? reason.message : "\(place): \(reason.message)" }
}

extension BillError.Reason {
    fileprivate var message: String {
        switch self {
        case .tooLarge(let maximum): "larger than \(maximum) bytes"
        case .notUTF8: "not UTF-8"
        case .notText(let encoding): "not \(encoding.rawValue), though it looks like it; save it as UTF-8"
        case .json(let flaw): "not valid JSON: \(flaw.message)"
        case .csv(let flaw): flaw.message
        case .unknownForm: "not a known bill format: it contains neither \"bill\" nor \"orders\" nor \"order\""
        case .missing: "missing"
        case .wrongType(let expected): "must be \(expected.rawValue)"
        case .notAnIdentifier(let text):
            "\(quoted(text)) is not an identifier (1 to \(Identifier.maximumLength) of A-Z a-z 0-9 . _ -)"
        case .money(let error): error.message
        case .negative: "must not be negative"
        case .negativeTotal(let total): "the total is below zero: \(total)"
        case .zeroQuantity: "must be more than 0"
        case .nameTooLong(let count): "\(count) characters are too many (at most \(BillLine.maximumNameLength))"
        case .nothingToPay: "nothing to pay: the total is 0"
        case .noLines: "the bill has no lines"
        case .tooManyLines(let count): "\(count) lines are too many (at most \(Bill.maximumLines))"
        case .warnings(let warnings):
            "refused because of " + warnings.count.counted("warning") + ": "
                + warnings.prefix(10).map(\.message).joined(separator: "; ") + (warnings.count > 10 ? "; …" : "")
        case .differs(let asked, let found): "\(quoted(found)) where \(quoted(asked)) was requested"
        case .restaurantNotGiven: "this format does not name the restaurant: specify it"
        case .billIDNotGiven: "this format does not name the bill: specify its id"
        case .notABill(let status): "the order is \(quoted(status)); only \"Bill\" can be paid by QR"
        case .notCreated(let status): "iiko has not created the order (\(quoted(status)))"
        case .noOrders: "no orders"
        case .severalOrders(let count): "\(count) orders; choose one by its id"
        case .noSuchOrder(let id): "order \(quoted(id)) not found"
        case .unknownItemType(let type): "\(quoted(type)) is neither \"Product\" nor \"Compound\" nor \"Service\""
        }
    }
}

extension CSVFlaw {
    var message: String {
        switch self {
        case .badHeader: "not the header name,amount (optionally quantity) of a CSV bill; a JSON bill begins with {"
        case .mixedSeparators(let found, let expected):
            "mixed separators: \(quoted(found)) where the others are \(quoted(expected)); "
                + "a name that holds one must be in quotes"
        case .unknownSeparator(let scalar):
            "\(quoted(scalar)) is not a field separator; use a comma, a semicolon or a tab"
        case .fieldCount(let expected, let actual): "\(actual) fields where the header has \(expected)"
        case .openQuote: "a quote is not closed"
        case .strayQuote: "a quote in the wrong place (a quote within a quoted field is doubled)"
        }
    }
}

extension MoneyError {
    /// The reason in words, `"\"1.234\" has more than 2 decimals"`.
    package var message: String {
        switch self {
        case .unknownCurrency(let code): "\(quoted(code)) is not an active ISO 4217 currency"
        case .notDecimal(let text): "\(quoted(text)) is not a decimal number like 120.50"
        case .tooPrecise(let text, let digits): "\(quoted(text)) has more than \(digits) decimals"
        case .overflow: "too large"
        case .currencyMismatch(let left, let right): "\(left) and \(right) cannot be added"
        case .percentOutOfRange(let text): "\(quoted(text)) is not between 0 and 100"
        }
    }
}

extension BillWarning: CustomStringConvertible {
    package var description: String { message }

    /// Location and warning in words.
    package var message: String {
        let text =
            switch kind {
            case .linesDoNotAddUp(let total, let lines): "the lines add up to \(lines), the total is \(total)"
            case .deletedLineDropped(let name): "deleted line \(quoted(name)) dropped"
            case .tipsIgnored(let amount): "tips of \(amount) are not part of what is paid"
            case .preliminaryPayments(let amount): "payments of \(amount) are preliminary and count as not paid"
            case .prepaymentsDiffer(let payments, let processed):
                "the payments are \(payments), processedPaymentsSum is \(processed); the larger one counts as paid"
            case .unnamedLine: "blank; shown as \(BillLine.unnamed)"
            case .encodingAssumed(let encoding): "the text is not UTF-8 and was read as \(encoding.rawValue)"
            }
        return place == .whole ? text : "\(place): \(text)"
    }
}

/// A character from outside in quotes, escaped if invisible.
func quoted(_ scalar: Unicode.Scalar) -> String { quoted(String(Character(scalar))) }

/// Text from outside in quotes: truncated after 60 code points, control characters escaped.
func quoted(_ text: String) -> String {
    let limit = 60
    let scalars = text.unicodeScalars
    let kept = String(String.UnicodeScalarView(scalars.prefix(limit)))
    // A literal of Swift escapes apostrophes too, which nothing here asks for.
    return kept.debugDescription.replacing("\\'", with: "'") + (scalars.count > limit ? "…" : "")
}
