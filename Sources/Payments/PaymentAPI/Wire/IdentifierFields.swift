import JSONKit
import PaymentCore
import PaymentPartners

extension String {
    /// This text, if it is an ``PaymentCore/Identifier``.
    func identifier(_ field: String) throws(FieldError) -> String { try WireField.identifier(self, field) }
}

extension String? {
    /// This text, if present and an ``PaymentCore/Identifier``.
    func identifier(_ field: String) throws(FieldError) -> String? {
        guard let self else { return nil }
        return try WireField.identifier(self, field)
    }
}
