package import PaymentCore
package import Payments
package import SQLKit

/// What a program works with.
package struct Stage: Sendable {
    package var scenario: Scenario
    package var services: Services
    /// What the store of ``services`` stands on.
    package var database: any SQLDatabase
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
    /// What seed 000 says of it that a broken invariant refutes.
    package var sentences: [PaymentInvariant: String] = [:]
    /// Whether nothing happens without the reports of transactions, which are then sent until they are dealt with.
    package var reliesOnReports = false
    package var settings = Self.settings
    /// Runs a program; its end in a word.
    package var run: @Sendable (Program, Stage) async throws -> String

    package init(
        name: String, summary: String, run: @escaping @Sendable (Program, Stage) async throws -> String
    ) {
        self.name = name
        self.summary = summary
        self.run = run
    }

    func sentence(_ invariant: PaymentInvariant) -> String? { sentences[invariant] }

    /// Between two attempts of a task.
    static let retrySeconds = 300.0

    /// Production's, with few and even retries, so that histories are short.
    static let settings: Settings = {
        var settings = Settings()
        settings.holdTimeoutSeconds = 2 * retrySeconds
        for kind in TaskKind.allCases {
            settings.retry[kind] = RetryPolicy(
                polls: 1, periodSeconds: retrySeconds, baseSeconds: retrySeconds, capSeconds: retrySeconds, jitter: 0,
                maxAttempts: 50)
        }
        return settings
    }()
}
