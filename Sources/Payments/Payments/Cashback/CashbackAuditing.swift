package import PaymentCore
import PaymentPartners
package import WorldKit

/// Compares our orders with the cashback service's ledger, in both directions.
///
/// There may be any number of orders and rows: only one page of orders with their rows is in memory at a time.
package struct CashbackAuditing: Sendable {
    /// Passes on every row of a ledger, in parts and in any order.
    package typealias Ledger =
        @Sendable (_ receive: ([CashbackLedgerRow]) async throws -> Void) async throws -> Void

    /// Orders created in this period are audited, and so are ledger entries from it for unknown orders.
    package struct Period: Sendable {
        package var since: Instant?
        package var until: Instant?

        package init(since: Instant? = nil, until: Instant? = nil) {
            self.since = since
            self.until = until
        }

        package func contains(_ instant: Instant) -> Bool {
            since.map { $0 <= instant } ?? true && until.map { instant < $0 } ?? true
        }
    }

    /// The progress of an audit, and its totals at the end.
    package struct Progress: Hashable, Sendable {
        package var orders = 0
        package var ledgerRows = 0
        package var findings = 0
        /// Orders for which a task still has something to post.
        package var waiting = 0
        /// Orders being paid, or changed during the audit.
        package var leftOut = 0
    }

    private static let pageSize = 1000
    /// Allowed clock skew of the cashback service, relative to ours.
    private static let clockSkewSeconds = 3600.0

    private let services: Services

    package init(_ services: Services) { self.services = services }

    /// The cashback service's own account of the order.
    package func partnerLedger(_ period: Period) -> Ledger {
        let since = period.since?.advanced(bySeconds: -Self.clockSkewSeconds)
        return { [cashback = services.partners.cashback] receive in
            try await cashback.ledgerPages(orderID: nil, since: since, until: nil, receive)
        }
    }

    /// Audits the orders created in a period, oldest first, and then the entries for orders that are not ours.
    /// - Parameters:
    ///   - ledger: what to compare with; nil queries the cashback service.
    ///   - watch: receives progress from time to time.
    ///   - receive: receives each finding as it is found, including those that are only
    ///     ``CashbackAudit/Finding/Class/waiting``.
    package func audit(
        _ period: Period = Period(), ledger: Ledger? = nil, watch: @escaping @Sendable (Progress) -> Void = { _ in },
        _ receive: (CashbackAudit.Finding) async throws -> Void
    ) async throws -> Progress {
        let spool = try await LedgerSpool.open()
        do {
            var audit = Audit(
                services: services, period: period, spool: spool, begunAt: services.world.now(), watch: watch)
            try await audit.load(ledger ?? partnerLedger(period))
            try await audit.compareOrders(receive)
            try await audit.reportUnknownOrders(receive)
            await spool.close()
            return audit.progress
        } catch {
            await spool.close()
            throw error
        }
    }

    /// Whether an audit of that period covered the order, in its current state; only an audit of all time covers an
    /// order that is not ours.
    package func covers(orderID: String, in period: Period) async throws -> Bool {
        guard let order = try await services.store.read({ try $0.orders.order(id: orderID) }) else {
            return period.since == nil && period.until == nil
        }
        return period.contains(order.createdAt) && !order.status.isMoving
    }

    /// All findings in one list, including those that are only waiting, against the cashback service.
    package func findings(
        _ period: Period = Period()
    ) async throws -> (progress: Progress, findings: [CashbackAudit.Finding]) {
        var findings: [CashbackAudit.Finding] = []
        let progress = try await audit(period) { findings.append($0) }
        return (progress, findings)
    }

    /// One audit in progress.
    private struct Audit {
        var services: Services
        var period: Period
        var spool: LedgerSpool
        /// Later changes may be ahead of the ledger that was read.
        var begunAt: Instant
        var watch: @Sendable (Progress) -> Void
        var progress = Progress()

        /// Keeps the relevant rows: those of orders created in the period, and those from the period for unknown
        /// orders.
        mutating func load(_ ledger: Ledger) async throws {
            try await ledger { rows in
                let created = try await services.store.read { transaction in
                    try rows.map { try transaction.orders.createdAt(id: $0.entry.orderID) }
                }
                let kept = zip(rows, created).filter { row, created in period.contains(created ?? row.at) }
                try await spool.append(kept.map(\.0), isOurs: kept.map { $0.1 != nil })
                progress.ledgerRows += kept.count
                watch(progress)
            }
            try await spool.index()
        }

        mutating func compareOrders(_ receive: (CashbackAudit.Finding) async throws -> Void) async throws {
            var bookmark: OrderRepository.Bookmark?
            repeat {
                let orders = try await services.store.read { [period, bookmark] transaction in
                    try transaction.orders.page(
                        since: period.since, until: period.until, after: bookmark, limit: pageSize)
                }
                let ledger = try await spool.rows(of: orders.map(\.orderID))
                for (order, rows) in zip(orders, ledger) {
                    if order.status.isMoving || order.updatedAt > begunAt {
                        progress.leftOut += 1
                    } else if let findings = try await judge(order, rows) {
                        try await report(findings, receive)
                    } else {
                        progress.leftOut += 1
                    }
                }
                progress.orders += orders.count
                watch(progress)
                bookmark = orders.count < pageSize ? nil : orders.last.map(OrderRepository.Bookmark.init)
            } while bookmark != nil
        }

        /// The findings of an order that is not changing; nil when its cashback was posted while the ledger was read.
        private func judge(_ order: Order, _ rows: [CashbackLedgerRow]) async throws -> [CashbackAudit.Finding]? {
            let findings = CashbackAudit.findings(of: order, rows: rows)
            guard !findings.isEmpty else { return findings }
            let now = services.world.now()
            let posting = try await services.store.read { [begunAt] transaction in
                try CashbackOnItsWay(of: order, rows: rows, since: begunAt, at: now, in: transaction)
            }
            return posting.isPostedMeanwhile ? nil : posting.explain(findings)
        }

        mutating func reportUnknownOrders(_ receive: (CashbackAudit.Finding) async throws -> Void) async throws {
            var last: String? = ""
            while let after = last {
                let unknownOrderIDs = try await spool.unknownOrderIDs(after: after, limit: pageSize)
                for (orderID, rows) in zip(unknownOrderIDs, try await spool.rows(of: unknownOrderIDs)) {
                    try await report(CashbackAudit.findings(ofUnknownOrder: orderID, rows: rows), receive)
                }
                last = unknownOrderIDs.last
            }
        }

        private mutating func report(
            _ findings: [CashbackAudit.Finding], _ receive: (CashbackAudit.Finding) async throws -> Void
        ) async throws {
            guard !findings.isEmpty else { return }
            for finding in findings { try await receive(finding) }
            let waiting = findings.count { $0.isWaiting }
            progress.findings += findings.count - waiting
            progress.waiting += waiting
        }
    }
}
