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
    /// The total that a code or the tax service states beside the receipt decides, then a fraction of any amount.
    /// Amounts without a fraction are kopecks. A fraction of zero, `300.00`, says neither, not even beside `300`, as
    /// some writers put whole roubles: then `hint` decides.
    /// - Throws: ``ReceiptError/ambiguousUnit(_:_:)`` where nothing decides.
    static func unit(of envelope: ReceiptEnvelope, hint: AmountUnit?) throws(ReceiptError) -> AmountUnit {
        if let stated = envelope.statedUnit { return stated }
        let amounts = WrittenAmounts(of: envelope.receipt)
        if amounts.hasFraction { return .roubles }
        guard let (name, text) = amounts.rounded else { return .kopecks }
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
    /// One, not zero, whose fraction is zero, `300.00`: its name and text.
    private(set) var rounded: (name: String, text: String)?

    init(of object: JSONObject) {
        object.forEachDecimalAmount { name, text, amount in
            if amount.exponent < 0, AmountUnit.kopecks.kopecks(amount) == nil {
                hasFraction = true
            } else {
                rounded = rounded ?? (name, text)
            }
        }
    }
}

extension JSONObject {
    /// Calls `body` with each amount but zero, at whatever depth, that is written with a fraction.
    fileprivate func forEachDecimalAmount(_ body: (_ name: String, _ text: String, ExactDecimal) -> Void) {
        for member in members {
            let value = member.value.withoutExtension
            switch value {
            case .array(let elements) where ReceiptFields.holdsAmounts(member.name):
                for case .object(let element) in elements { element.forEachDecimalAmount(body) }
            case .object(let inner) where ReceiptFields.holdsAmounts(member.name):
                inner.forEachDecimalAmount(body)
            case .number(let text), .string(let text):
                guard text.isDecimal, ReceiptFields.isAmount(member.name), let amount = value.decimal,
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
