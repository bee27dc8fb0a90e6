package import PaymentCore
package import Payments
import QueueKit
package import SQLKit

/// The environment of a program.
package struct ProgramEnvironment: Sendable {
    package var scenario: Scenario
    package var services: Services
    /// The database of the store of ``services``.
    package var database: any SQLDatabase
    package var clientID: String { "bistro" }
    package var orderID: String { "order-1" }
    package var bill: Money { Money(minorUnits: 12_000, currency: .rub) }
    /// The amount of one refund.
    package var refund: Money { Money(minorUnits: 8_000, currency: .rub) }

    package func uid(of guest: Int) -> String { "guest-\(guest + 1)" }
}

/// A payment design: the behavior of its processes.
package struct Variant: Sendable {
    package var name: String
    /// One sentence.
    package var summary: String
    /// The invariants to check.
    package var invariants: [PaymentInvariant] = PaymentInvariant.allCases
    /// The statement of the design document that a violated invariant refutes.
    package var sentences: [PaymentInvariant: String] = [:]
    /// Whether the design depends on the reports of transactions, which are then sent until handled.
    package var reliesOnReports = false
    package var settings = Self.settings
    /// Runs a program; returns its outcome as one word.
    package var run: @Sendable (Program, ProgramEnvironment) async throws -> String

    package init(
        name: String, summary: String, run: @escaping @Sendable (Program, ProgramEnvironment) async throws -> String
    ) {
        self.name = name
        self.summary = summary
        self.run = run
    }

    func sentence(_ invariant: PaymentInvariant) -> String? { sentences[invariant] }

    /// Between two attempts of a task.
    static let retrySeconds = 300.0

    /// Production settings with few, evenly spaced retries, so that histories are short.
    static let settings: Settings = {
        var settings = Settings()
        settings.holdTimeoutSeconds = 2 * retrySeconds
        for kind in TaskKind.payments {
            settings.retry[kind] = RetryPolicy(
                polls: 1, periodSeconds: retrySeconds, baseSeconds: retrySeconds, capSeconds: retrySeconds, jitter: 0,
                maxAttempts: 50)
        }
        return settings
    }()
}
