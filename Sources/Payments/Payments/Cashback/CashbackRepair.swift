package import PaymentCore

/// What corrects one order's cashback, based on the cashback service's own entries: what to post again, and what to
/// add.
package struct CashbackRepair: Hashable, Sendable {
    /// Why a task cannot repair it.
    package struct Obstacle: Error, Hashable, Sendable {
        package var why: String
        /// Whether it may resolve without intervention.
        package var isPassing = false
    }

    package var order: Order
    /// What we have requested so far.
    package var records: [CashbackRepository.Record]
    /// Requested and not in the ledger: posted under their own keys, so that each has effect once.
    package var posted: [CashbackRepository.Record]
    /// Not confirmed, although the ledger has an entry under their key: never to be posted.
    package var settled: [CashbackRepository.Record]
    /// The difference between the ledger and the amount then due, under a key of its own; nil when there is none.
    package var correction: CashbackRepository.Record?

    /// - Parameter ledger: the cashback service's current entries for the order.
    /// - Throws: ``Obstacle``.
    package init(
        _ order: Order, records: [CashbackRepository.Record], ledger: [CashbackLedgerRow]
    ) throws(Obstacle) {
        guard !order.status.isMoving else { throw Obstacle(why: "the order is being paid now", isPassing: true) }
        // An entry listed twice counts once.
        var ids: Set<String> = []
        let entries = ledger.filter { ids.insert($0.id).inserted }.map(\.entry)
        if let other = entries.first(where: { $0.uid != order.uid }) {
            throw Obstacle(why: "it contains cashback of user \(other.uid), which only the cashback service can move")
        }
        if let foreign = entries.first(where: { $0.amount.currency != order.currency }) {
            throw Obstacle(why: "\(foreign.amount) are in another currency than the order")
        }
        let keys = Set(entries.map(\.key))
        self.order = order
        self.records = records
        posted = records.filter { !keys.contains($0.entry.key) }
        settled = records.filter { keys.contains($0.entry.key) && !$0.isPosted }
        correction = try Self.correction(of: order, after: records, expecting: entries + posted.map(\.entry), keys)
    }

    /// - Parameter entries: what the ledger will have without the correction.
    private static func correction(
        of order: Order, after records: [CashbackRepository.Record], expecting entries: [CashbackEntry],
        _ keys: Set<String>
    ) throws(Obstacle) -> CashbackRepository.Record? {
        let accrued = MoneySum(entries.lazy.filter { $0.kind == .accrual }.map(\.amount), in: order.currency)
        let clawedBack = MoneySum(entries.lazy.filter { $0.kind == .clawback }.map(\.amount), in: order.currency)
        let excess = accrued - clawedBack - MoneySum(order.cashbackDue)
        guard !excess.isZero else { return nil }
        guard let amount = excess.magnitude.money else { throw Obstacle(why: "\(excess) is more than can be posted") }
        guard let uid = order.uid else { throw Obstacle(why: "no guest has begun to pay the order") }
        var number = (records.map(\.number).max() ?? 0) + 1
        while keys.contains(CashbackRepository.key(orderID: order.orderID, number: number)) { number += 1 }
        let entry = CashbackEntry(
            key: CashbackRepository.key(orderID: order.orderID, number: number), orderID: order.orderID, uid: uid,
            kind: excess.isNegative ? .accrual : .clawback, amount: amount)
        return CashbackRepository.Record(number: number, entry: entry, isPosted: false, isCorrection: true)
    }

    /// What is posted, in order.
    package var entries: [CashbackEntry] { (posted + [correction].compactMap(\.self)).map(\.entry) }

    /// Whether the task that requested an entry posts all of the repair.
    var isAsked: Bool { correction == nil && settled.isEmpty && posted.allSatisfy { !$0.isPosted } }
}
