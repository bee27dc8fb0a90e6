package import JSONKit
package import PaymentCore
package import WorldKit

/// Fields transmitted as text.
package enum WireField {
    package static func money(_ text: String, _ currency: String, _ field: String = "amount") throws(FieldError)
        -> Money
    {
        let known: Currency
        do { known = try Currency(code: currency) } catch {
            throw FieldError(field: "currency", problem: "no ISO 4217 currency")
        }
        do { return try Money(decimal: text, currency: known) } catch {
            throw FieldError(field: field, problem: "not an amount in \(known.code)")
        }
    }

    package static func instant(_ text: String, _ field: String) throws(FieldError) -> Instant {
        guard let instant = Instant(rfc3339: text) else { throw FieldError(field: field, problem: "no RFC 3339 time") }
        return instant
    }

    /// An identifier under the rule of ``PaymentCore/Identifier``.
    package static func identifier(_ text: String, _ field: String) throws(FieldError) -> String {
        guard Identifier.isValid(text) else { throw FieldError(field: field, problem: "not an identifier") }
        return text
    }
}
