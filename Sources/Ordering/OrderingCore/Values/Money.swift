import EncodingKit
package import JSONKit

/// An amount in minor units of the one currency that accounts are kept in; never a floating-point number.
///
/// Messages and stores hold the minor units, public interfaces the decimal number.
package struct Money: Hashable, Comparable, Sendable {
    /// Signed; two decimal digits.
    package let minorUnits: Int64

    /// The largest amount of a single operation. A sum of fewer than 9,000 of them fits into 64 bits, and sums are
    /// checked.
    package static let maximum = Money(unchecked: 1_000_000_000_000_000)
    package static let zero = Money(unchecked: 0)
    package static let digits = 2

    private init(unchecked minorUnits: Int64) { self.minorUnits = minorUnits }

    /// - Returns: nil beyond ±``maximum``.
    package init?(minorUnits: Int64) {
        guard (-Self.maximum.minorUnits...Self.maximum.minorUnits).contains(minorUnits) else { return nil }
        self.minorUnits = minorUnits
    }

    /// Reads a decimal number as JSON writes it, `10`, `10.5`, `1e3`.
    /// - Throws: ``MoneyError``.
    package init(decimal text: some StringProtocol) throws(MoneyError) {
        let number: ExactDecimal
        do {
            number = try ExactDecimal(Substring(text).utf8)
        } catch {
            throw error == .notANumber ? .notANumber : .outOfRange
        }
        guard number.exponent >= -Self.digits else { throw .tooPrecise }
        var units = number.significand
        for _ in 0..<max(0, Self.digits + number.exponent) {
            let (product, overflow) = units.multipliedReportingOverflow(by: 10)
            guard !overflow else { throw .outOfRange }
            units = product
        }
        guard let money = Money(minorUnits: units) else { throw .outOfRange }
        self = money
    }

    /// `"120.50"`.
    package var decimal: String { DecimalText.text(minorUnits, digits: Self.digits) }

    /// A JSON number with two decimals.
    package var json: JSONValue { .number(decimal) }

    package static func < (left: Money, right: Money) -> Bool { left.minorUnits < right.minorUnits }

    package static prefix func - (money: Money) -> Money { Money(unchecked: -money.minorUnits) }

    /// - Returns: nil when the sum is beyond ±``maximum``.
    package func adding(_ other: Money) -> Money? { Money(minorUnits: minorUnits + other.minorUnits) }

    /// The exact sum of any number of amounts, in minor units.
    package static func sum(_ amounts: some Sequence<Money>) -> Int128 {
        amounts.reduce(Int128(0)) { $0 + Int128($1.minorUnits) }
    }
}

extension Money: CustomStringConvertible {
    package var description: String { decimal }
}

/// Why a number is not an amount.
package enum MoneyError: Error, Hashable, Sendable {
    case notANumber
    /// More than two decimals.
    case tooPrecise
    case outOfRange
    /// Below the least amount of the operation.
    case tooSmall(least: Money)

    package var problem: String {
        switch self {
        case .notANumber: "not a decimal number"
        case .tooPrecise: "has more than \(Money.digits) decimals"
        case .outOfRange: "larger than \(Money.maximum)"
        case .tooSmall(let least): "less than \(least)"
        }
    }
}

extension Money {
    /// One minor unit: the least deposit and withdrawal.
    package static let minorUnit = Money(unchecked: 1)
    /// The least price of an order.
    package static let leastPrice = Money(unchecked: 100)

    /// An amount of a request: a number, or a text with one.
    /// - Throws: ``JSONKit/FieldError`` for anything else, and below `least`.
    package init(_ json: JSONValue?, field: String, atLeast least: Money) throws(FieldError) {
        let text: String
        switch json {
        case .number(let digits): text = digits
        case .string(let digits): text = digits
        case nil, .null: throw FieldError(field: field, problem: "missing")
        default: throw FieldError(field: field, problem: "of the wrong type")
        }
        do throws(MoneyError) {
            let money = try Money(decimal: text)
            guard money >= least else { throw .tooSmall(least: least) }
            self = money
        } catch {
            throw FieldError(field: field, problem: error.problem)
        }
    }
}
