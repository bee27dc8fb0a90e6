import EncodingKit
package import QueueKit
import WorldKit

/// The state of the queue at a glance, and how long receipts take.
package struct PaymentStatistics: Sendable {
    package var tasks: TaskStatistics
    /// Receipts stored within the last day.
    package var receipts: Int
    /// The median time from the document to its receipt; nil when there is none.
    package var receiptSecondsP50: Double?
    package var receiptSecondsP95: Double?
    package var limits: MetricsReport.Limits
}

extension Services {
    package func statistics(limits: MetricsReport.Limits) async throws -> PaymentStatistics {
        let now = world.now()
        return try await store.read { transaction in
            let seconds = try transaction.receipts.secondsToReceipt(
                since: now.advanced(bySeconds: -TaskStatistics.windowSeconds))
            return PaymentStatistics(
                tasks: try TaskStatistics(
                    of: TaskKind.payments, in: transaction.tasks, limits: limits.tasks, at: now),
                receipts: seconds.count, receiptSecondsP50: NearestRank.percentile(50, of: seconds),
                receiptSecondsP95: NearestRank.percentile(95, of: seconds), limits: limits)
        }
    }
}
