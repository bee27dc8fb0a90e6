package import WorldKit

/// A named field of messages and of requests between services.
package struct Field<Value: Sendable>: Sendable {
    package let name: String
    package let form: FieldForm
    let wrap: @Sendable (Value) -> FieldValue
    let unwrap: @Sendable (FieldValue) -> Value?
}

extension Field where Value == String {
    init(_ name: String, _ form: FieldForm) {
        self.init(
            name: name, form: form, wrap: { .text($0) },
            unwrap: { if case .text(let text) = $0 { text } else { nil } })
    }
}

extension Field where Value == Money {
    init(_ name: String) {
        self.init(
            name: name, form: .amount, wrap: { .amount($0) },
            unwrap: { if case .amount(let money) = $0 { money } else { nil } })
    }
}

extension Field where Value == Int {
    init(_ name: String) {
        self.init(
            name: name, form: .count, wrap: { .count($0) },
            unwrap: { if case .count(let count) = $0 { count } else { nil } })
    }
}

extension Field where Value == Instant {
    init(_ name: String) {
        self.init(
            name: name, form: .time, wrap: { .time($0) },
            unwrap: { if case .time(let time) = $0 { time } else { nil } })
    }
}

extension Field where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    init(_ name: String) {
        self.init(
            name: name, form: .word(Value.allCases.map(\.rawValue)), wrap: { .text($0.rawValue) },
            unwrap: { if case .text(let text) = $0 { Value(rawValue: text) } else { nil } })
    }
}

// MARK: - All fields

extension Field where Value == String {
    package static var userID: Self { Field("userId", .identifier) }
    package static var orderID: Self { Field("orderId", .identifier) }
    package static var paymentID: Self { Field("paymentId", .identifier) }
    package static var basketID: Self { Field("basketId", .identifier) }
    /// What a deposit or withdrawal is made once for.
    package static var requestID: Self { Field("requestId", .identifier) }
    package static var email: Self { Field("email", .email) }
    package static var firstName: Self { Field("firstName", .text(maximum: 200)) }
    package static var lastName: Self { Field("lastName", .text(maximum: 200)) }
    package static var phone: Self { Field("phone", .text(maximum: 50)) }
    /// SHA-256 of the key that scrypt derives from a password; the key itself never travels in a message.
    package static var passwordHash: Self { Field("passwordHash", .digest) }
    /// The key that scrypt derives from a password.
    package static var passwordKey: Self { Field("passwordKey", .digest) }
    package static var message: Self { Field("message", .text(maximum: 1000)) }
}

extension Field where Value == Money {
    package static var amount: Self { Field("amount") }
    package static var price: Self { Field("price") }
    package static var balance: Self { Field("balance") }
}

extension Field where Value == FailureReason {
    package static var reason: Self { Field("reason") }
}

extension Field where Value == Order.Status {
    package static var status: Self { Field("status") }
}

extension Field where Value == Basket.Status {
    package static var basketStatus: Self { Field("basketStatus") }
}

extension Field where Value == Int {
    /// How often a basket was ordered.
    package static var attempt: Self { Field("attempt") }
    /// Of a user's push event.
    package static var number: Self { Field("number") }
    /// The push event that was seen last.
    package static var after: Self { Field("after") }
}

extension Field where Value == Instant {
    package static var createdAt: Field<Instant> { Field("createdAt") }
}
