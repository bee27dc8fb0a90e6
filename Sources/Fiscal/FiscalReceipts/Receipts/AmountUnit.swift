import EncodingKit
import JSONKit

/// The unit of a receipt's amounts; a receipt uses a single unit.
package enum AmountUnit: String, CaseIterable, Sendable {
    /// Whole numbers, as the formats require.
    case kopecks
    case roubles

    /// Converts an amount in this unit; nil if it is not a whole number of kopecks or exceeds 64 bits.
    func kopecks(_ amount: ExactDecimal) -> Kopecks? {
        let units: Int64 = self == .roubles ? 100 : 1
        guard amount.exponent < 0 else {
            return amount.roundedProduct(with: units).flatMap { Kopecks(exactly: $0) }
        }
        guard let nearest = amount.roundedProduct(with: units).flatMap({ Kopecks(exactly: $0) }) else { return nil }
        let scale = (amount.exponent..<0).reduce(Int128(1)) { scale, _ in scale * 10 }
        let error = Int128(amount.significand) * Int128(units) - Int128(nearest) * scale
        // A millionth of a kopeck is floating-point noise.
        return error.magnitude <= scale.magnitude / 1_000_000 ? nearest : nil
    }

    /// The unit of a receipt's amounts.
    ///
    /// Determined by the total in the QR code or in the tax service's data beside the receipt, then by a fraction in
    /// any amount. Amounts without a fraction are kopecks. A zero fraction, `300.00`, is ambiguous: then `hint`
    /// decides.
    /// - Throws: ``ReceiptError/ambiguousUnit(_:_:)`` if the unit cannot be determined.
    static func unit(of envelope: ReceiptEnvelope, hint: AmountUnit?) throws(ReceiptError) -> AmountUnit {
        if let stated = envelope.statedUnit { return stated }
        let amounts = WrittenAmounts(of: envelope.receipt)
        if amounts.hasFraction { return .roubles }
        guard let (name, text) = amounts.rounded, !amounts.hasInteger else { return .kopecks }
        guard let hint else { throw .ambiguousUnit(name, text.shortened) }
        return hint
    }
}

extension ReceiptEnvelope {
    /// The unit in which the receipt's total equals the one stated beside it.
    fileprivate var statedUnit: AmountUnit? {
        guard let total = receipt["totalSum"]?.withoutExtension.decimal, total.significand != 0 else { return nil }
        for stated in [code?.total] + statements.map(\.statedTotal) {
            guard let stated else { continue }
            if let unit = AmountUnit.allCases.first(where: { $0.kopecks(total) == stated }) { return unit }
        }
        return nil
    }
}

extension JSONObject {
    /// The `sum` of a statement, read by the same rules; nil if its unit is ambiguous.
    fileprivate var statedTotal: Kopecks? {
        let amounts = WrittenAmounts(of: self)
        guard amounts.rounded == nil, let sum = self["sum"]?.withoutExtension.decimal else { return nil }
        return (amounts.hasFraction ? AmountUnit.roubles : .kopecks).kopecks(sum)
    }
}

/// The notation of a receipt's amounts.
private struct WrittenAmounts {
    /// Whether an amount has a nonzero fraction, `300.50`.
    private(set) var hasFraction = false
    /// Whether a nonzero amount has no fraction, `30050`; determined only if needed.
    private(set) var hasInteger = false
    /// The name and text of a nonzero amount with a zero fraction, `300.00`.
    private(set) var rounded: (name: String, text: String)?

    init(of object: JSONObject) {
        addDecimals(of: object)
        if rounded != nil, !hasFraction { hasInteger = Self.hasInteger(object) }
    }

    private mutating func addDecimals(of object: JSONObject) {
        object.forEachAmount(areDecimal: true) { name, text, amount in
            if amount.exponent < 0, AmountUnit.kopecks.kopecks(amount) == nil {
                hasFraction = true
            } else {
                rounded = rounded ?? (name, text)
            }
        }
    }

    private static func hasInteger(_ object: JSONObject) -> Bool {
        var result = false
        object.forEachAmount(areDecimal: false) { _, _, _ in result = true }
        return result
    }
}

extension JSONObject {
    /// Calls `body` with each nonzero amount, at any depth, written with or without a fraction as requested.
    fileprivate func forEachAmount(
        areDecimal: Bool, _ body: (_ name: String, _ text: String, ExactDecimal) -> Void
    ) {
        for member in members {
            let value = member.value.withoutExtension
            switch value {
            case .array(let elements) where ReceiptFields.holdsAmounts(member.name):
                for case .object(let element) in elements { element.forEachAmount(areDecimal: areDecimal, body) }
            case .object(let inner) where ReceiptFields.holdsAmounts(member.name):
                inner.forEachAmount(areDecimal: areDecimal, body)
            case .number(let text), .string(let text):
                guard text.isDecimal == areDecimal, ReceiptFields.isAmount(member.name), let amount = value.decimal,
                    amount.significand != 0
                else { continue }
                body(member.name, text, amount)
            case .array, .object, .null, .bool: break
            }
        }
    }
}

extension String {
    /// Whether a number is written with a fraction; some writers use an exponent for a large integer.
    fileprivate var isDecimal: Bool {
        utf8.contains(UInt8(ascii: ".")) && !utf8.contains { $0 | 0x20 == UInt8(ascii: "e") }
    }
}
