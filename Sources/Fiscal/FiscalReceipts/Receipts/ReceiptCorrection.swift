import EncodingKit
import JSONKit

/// The data of a correction receipt (tag 1173 and those inside 1174).
package struct ReceiptCorrection: Hashable, Sendable {
    /// Tag 1173.
    package enum Cause: Int, CaseIterable, Sendable {
        /// The seller corrects an error voluntarily.
        case own = 0
        /// Ordered by the tax authority.
        case ordered = 1
    }

    package var cause: Cause?
    /// Name of the basis (tag 1177).
    package var basis: String?
    /// Date of the basis (tag 1178).
    package var date: ReceiptTime?
    /// Number of the basis (tag 1179).
    package var number: String?

    package init() {}
}

extension ReceiptFields {
    /// The kind of document, by the name of the member that contains it, its code, or fields specific to one kind.
    mutating func kind(named name: String?) -> (isStrictForm: Bool, correction: ReceiptCorrection?) {
        let code = self[.receiptCode]?.decimal?.integer
        let isStrictForm = ["bso", "bsoCorrection"].contains(name) || [4, 41].contains(code)
        let isCorrection =
            ["receiptCorrection", "bsoCorrection"].contains(name) || [31, 41].contains(code)
            || (![3, 4].contains(code) && (has(.correctionType) || has(.correctionBase)))
        return (isStrictForm, isCorrection ? correction() : nil)
    }

    private mutating func correction() -> ReceiptCorrection {
        var correction = ReceiptCorrection()
        correction.cause = code(.correctionType, ReceiptCorrection.Cause.init(rawValue:))
        readBasis(of: &correction)
        // Some writers give only the name of the basis.
        if case .string(let text) = self[.correctionBase] {
            correction.basis = correction.basis ?? text.trimmed
            return correction
        }
        for case let object? in objects(.correctionBase) {
            var base = ReceiptFields(object, path: "\(path)correctionBase.", unit: unit)
            base.readBasis(of: &correction)
            defects += base.defects
        }
        return correction
    }

    private mutating func readBasis(of correction: inout ReceiptCorrection) {
        correction.basis = text(.correctionName) ?? correction.basis
        correction.date = day(.correctionDocumentDate) ?? correction.date
        correction.number = text(.correctionDocumentNumber) ?? correction.number
    }
}
