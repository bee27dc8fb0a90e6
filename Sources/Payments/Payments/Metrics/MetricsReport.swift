import EncodingKit
import MessagingKit
import PaymentCore
import QueueKit
import WorldKit

/// The metrics endpoint's content: the state of the store, and what this process counted.
package struct MetricsReport: Sendable {
    /// When a task or an accrual should raise an alert.
    package struct Limits: Hashable, Sendable {
        /// A task with more attempts is overdue. Receipts take several dozen polls.
        package var taskAttempts = 90
        /// A task unfinished for longer is overdue, as is an unconfirmed accrual or clawback. In seconds.
        package var taskAgeSeconds: Double = 15 * 60

        package init() {}

        var tasks: TaskStatistics.Limits { TaskStatistics.Limits(attempts: taskAttempts, ageSeconds: taskAgeSeconds) }
    }

    private let services: Services
    private let metrics: Metrics
    private let changes: OrderChanges
    private let limits: Limits

    package init(_ services: Services, metrics: Metrics, changes: OrderChanges, limits: Limits = Limits()) {
        self.services = services
        self.metrics = metrics
        self.changes = changes
        self.limits = limits
    }

    /// In Prometheus' text format.
    package func text() async throws -> String {
        let now = services.world.now()
        let cutoff = now.advanced(bySeconds: -limits.taskAgeSeconds)
        var text = try await services.store.read { [limits] transaction in
            var text = MetricsText()
            try Self.writeOrders(transaction.figures, to: &text)
            text.add(
                "qrpay_cashback_problems", .gauge,
                "Accruals and clawbacks that the cashback service has not confirmed for too long.",
                try transaction.figures.cashbackEntriesUnconfirmed(since: cutoff))
            try TaskMetrics(limits: limits, at: now).write(transaction, to: &text)
            try Self.writeEvents(try transaction.outbox.backlog(), at: now, to: &text)
            return text
        }
        text.add("qrpay_polls_waiting", .gauge, "Requests of this process that wait for changes.", changes.waiting)
        metrics.write(to: &text)
        return text.text
    }

    private static func writeEvents(
        _ backlog: [Outbox.Backlog], at now: Instant, to text: inout MetricsText
    ) throws {
        text.family("qrpay_events_unsent", .gauge, "Events that the broker does not have yet, by state.")
        for state in [OutboxEntry.State.unsent, .waiting, .parked] {
            let count = backlog.reduce(0) { $0 + ($1.state == state ? $1.count : 0) }
            text.sample("qrpay_events_unsent", [("state", state.rawValue)], "\(count)")
        }
        let age = backlog.map { now.seconds(since: $0.oldest) }.max() ?? 0
        text.family("qrpay_events_unsent_seconds", .gauge, "How long the oldest of them has waited.")
        text.sample("qrpay_events_unsent_seconds", [], "\(max(0, age))")
    }

    private static func writeOrders(_ figures: FigureRepository, to text: inout MetricsText) throws {
        let orders = try figures.orders()
        let sum: ([OrderStatus]) -> Int = { $0.reduce(0) { $0 + (orders[$1] ?? 0) } }
        text.add("qrpay_orders_created_total", .counter, "Orders with a QR code.", sum(OrderStatus.allCases))
        text.add(
            "qrpay_orders_viewed_total", .counter, "Orders that a guest has viewed by QR code.",
            try figures.viewedOrders())
        text.add("qrpay_orders_paid_total", .counter, "Orders paid by QR code.", sum([.cleared, .refunded]))
        text.add(
            "qrpay_orders_open", .gauge, "Orders neither paid nor closed.",
            sum([.pending, .holding, .held, .holdFailed]))
        text.add(
            "qrpay_orders_problem", .gauge, "Orders whose last payment failed.", sum([.holdFailed, .clearFailed]))
        text.family("qrpay_orders", .gauge, "Orders by status.")
        for status in OrderStatus.allCases {
            text.sample("qrpay_orders", [("status", status.rawValue)], "\(orders[status] ?? 0)")
        }
        let failed = "qrpay_payments_failed_total"
        text.family(failed, .counter, "Operations that ended without success, by kind.")
        for kind in PaymentOperation.Kind.allCases {
            text.sample(failed, [("kind", kind.rawValue)], "\(try figures.failedOperations(kind))")
        }
    }
}
