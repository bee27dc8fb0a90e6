import PaymentCore
package import QueueKit

/// Operator settings; the defaults suit a restaurant.
package struct Settings: Hashable, Sendable {
    /// An order unpaid for this long is closed.
    package var orderTTLSeconds: Double = 2 * 3600
    /// A hold still undecided after this is voided.
    package var holdTimeoutSeconds: Double = 15 * 60
    /// How long a presigned receipt link is valid; at most 604,800.
    package var linkTTLSeconds = 3600
    /// The deeplink without its query.
    package var deeplinkBase = Deeplink.defaultBase
    /// The wire name of the kind of service, a part of ``EdaOrderID``.
    package var service = "restaurant"
    /// The callback URL where transactions reports changes; nil when there is none and the worker polls.
    package var callbackURL: String?
    /// A done task is removed this long after its end; one with failures in its history never is.
    package var taskRetentionSeconds: Double = 90 * 86400
    package var retry: [TaskKind: RetryPolicy] = Self.defaultRetry

    package init() {}

    package func retryPolicy(_ kind: TaskKind) -> RetryPolicy { retry[kind] ?? Self.fallback }

    package static let defaultRetry: [TaskKind: RetryPolicy] = [
        .paymentSettle: RetryPolicy(polls: 15, periodSeconds: 1, baseSeconds: 1, capSeconds: 300, maxAttempts: 500),
        .cashbackAccrue: RetryPolicy(polls: 0, periodSeconds: 1, baseSeconds: 1, capSeconds: 900, maxAttempts: 40),
        // A receipt is available after about a minute on average.
        .receiptFetch: RetryPolicy(polls: 60, periodSeconds: 2, baseSeconds: 10, capSeconds: 3600, maxAttempts: 90),
        .orderExpire: RetryPolicy(polls: 10, periodSeconds: 60, baseSeconds: 60, capSeconds: 3600, maxAttempts: 1000),
    ]

    private static let fallback = RetryPolicy(
        polls: 0, periodSeconds: 1, baseSeconds: 1, capSeconds: 3600, maxAttempts: 20)
}
