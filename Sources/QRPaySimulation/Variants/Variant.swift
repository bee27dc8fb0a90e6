package import QRPayDomain
package import QRPayServices

/// What a program works with.
package struct Stage: Sendable {
    package var scenario: Scenario
    package var services: Services
    package var clientID: String { "bistro" }
    package var orderID: String { "order-1" }
    package var bill: Money { Money(minorUnits: 12_000, currency: .rub) }
    /// What is given back by one refund.
    package var refund: Money { Money(minorUnits: 8_000, currency: .rub) }

    package func uid(of guest: Int) -> String { "guest-\(guest + 1)" }
}

/// A design of the payment: what its processes do.
package struct Variant: Sendable {
    package var name: String
    /// In a sentence.
    package var summary: String
    /// What must hold of it.
    package var invariants: [PaymentInvariant] = PaymentInvariant.allCases
    /// Whether nothing happens without the reports of transactions, which are then sent until they are dealt with.
    package var reliesOnReports = false
    package var settings = Self.settings
    /// Runs a program; its end in a word.
    package var run: @Sendable (Program, Stage) async throws -> String

    /// Production's, with few and even retries, so that histories are short.
    static let settings: Settings = {
        var settings = Settings()
        func policy(_ seconds: Double) -> RetryPolicy {
            RetryPolicy(
                polls: 1, periodSeconds: seconds, baseSeconds: seconds, capSeconds: seconds, jitter: 0, maxAttempts: 50)
        }
        settings.holdTimeoutSeconds = 600
        settings.retry = [
            .paymentSettle: policy(300), .cashbackAccrue: policy(300), .receiptFetch: policy(300),
            .orderExpire: policy(300),
        ]
        return settings
    }()
}
