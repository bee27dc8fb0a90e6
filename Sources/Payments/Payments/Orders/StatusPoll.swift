import EncodingKit
package import PaymentCore
import WorldKit

/// Answers restaurants and guests who poll an order's status; they may wait for changes.
package struct StatusPoll: Sendable {
    private let services: Services
    private let changes: OrderChanges

    package init(_ services: Services, changes: OrderChanges) {
        self.services = services
        self.changes = changes
    }

    // MARK: The restaurant

    /// A restaurant's poll (`POST /orders/list`).
    package struct RestaurantQuestion: Sendable {
        /// The restaurant's API key.
        package var key: String
        /// The client id that the request names; nil when it names none.
        package var clientID: String?
        package var orderIDs: [String]
        /// The tag of the last answer that the restaurant received; nil when it has none.
        package var seen: String?
        package var waitSeconds: Double

        package init(key: String, clientID: String?, orderIDs: [String], seen: String?, waitSeconds: Double) {
            self.key = key
            self.clientID = clientID
            self.orderIDs = orderIDs
            self.seen = seen
            self.waitSeconds = waitSeconds
        }
    }

    package struct RestaurantAnswer: Sendable {
        package var clientID: String
        /// One for each requested id, in the same order.
        package var statuses: [IikoStatus]
        /// Equal for equal answers.
        package var tag: String
    }

    /// Answers immediately, or with `waitSeconds` once a status differs from the tag's, or from that at the beginning.
    ///
    /// Orders of another restaurant are not found.
    /// - Throws: ``Problem`` `unauthorized`, `wrong_restaurant`.
    package func answer(_ question: RestaurantQuestion) async throws -> RestaurantAnswer {
        var seen = question.seen
        return try await poll(question.orderIDs, waitSeconds: question.waitSeconds) { transaction in
            try Self.answer(question, in: transaction)
        } isNews: { answer in
            guard answer.statuses.contains(.waiting) else { return true }
            defer { seen = seen ?? answer.tag }
            return seen.map { $0 != answer.tag } ?? false
        }
    }

    /// The same answer on the calling thread; nil when the poll has to wait, for changes or for the store.
    package func answerAtOnce(_ question: RestaurantQuestion) throws -> RestaurantAnswer? {
        guard question.waitSeconds == 0 else { return nil }
        return try services.store.readImmediately { try Self.answer(question, in: $0) }
    }

    private static func answer(
        _ question: RestaurantQuestion, in transaction: StoreTransaction
    ) throws -> RestaurantAnswer {
        guard let clientID = try RestaurantKeys.owner(of: question.key, in: transaction) else { throw Problem.badKey }
        try Problem.checkRestaurant(question.clientID, is: clientID)
        let known = try transaction.orderStatuses.statuses(of: question.orderIDs, clientID: clientID)
        let statuses = question.orderIDs.map { known[$0]?.iiko ?? .notFound }
        return RestaurantAnswer(clientID: clientID, statuses: statuses, tag: tag(question.orderIDs, statuses))
    }

    private static func tag(_ orderIDs: [String], _ statuses: [IikoStatus]) -> String {
        var hash = StableHash()
        for (orderID, status) in zip(orderIDs, statuses) {
            hash.combine(orderID)
            hash.combine(status.rawValue)
        }
        return hash.hexadecimal
    }

    // MARK: The guest

    package struct GuestAnswer: Hashable, Sendable {
        package var status: GuestStatus
        /// What the guest earned by paying; nil for nothing.
        package var cashback: Money?

        /// The answer for the order's payer.
        package init(_ order: Order) { self.init(order, status: order.status.guest) }

        init(_ order: Order, status: GuestStatus) {
            self.status = status
            cashback = status == .payed && !order.cashbackDue.isZero ? order.cashbackDue : nil
        }
    }

    /// The payment status for this guest: another guest's payment is not theirs.
    ///
    /// Answers immediately, or with `waitSeconds` once the status is final, or differs from `seen` or from that at the
    /// beginning.
    /// - Throws: ``OrderError/notFound(orderID:)``; ``OrderError/alreadyBeingPaid(orderID:)`` when another user is
    ///   paying or has paid and this one never tried.
    package func answer(
        orderID: String, uid: String, seen: GuestStatus?, waitSeconds: Double
    ) async throws -> GuestAnswer {
        var seen = seen
        return try await poll([orderID], waitSeconds: waitSeconds) { transaction in
            let order = try transaction.order(orderID)
            return GuestAnswer(order, status: try Self.status(of: order, for: uid, in: transaction))
        } isNews: { answer in
            defer { seen = seen ?? answer.status }
            return answer.status != .waiting || seen.map { $0 != answer.status } ?? false
        }
    }

    private static func status(
        of order: Order, for uid: String, in transaction: StoreTransaction
    ) throws -> GuestStatus {
        guard let payer = order.uid, payer != uid else { return order.status.guest }
        switch order.status {
        case .clearFailed, .canceled, .expired:
            return .declined
        case .pending, .holding, .held, .cleared, .refunded, .holdFailed:
            let hasTried = try transaction.operations.operations(orderID: order.orderID).contains { $0.uid == uid }
            if hasTried { return .declined }
            guard order.status.isOpen else { throw OrderError.alreadyBeingPaid(orderID: order.orderID) }
            return .waiting
        }
    }

    // MARK: Waiting

    private func poll<Value: Sendable>(
        _ orderIDs: [String], waitSeconds: Double, read: @escaping @Sendable (StoreTransaction) throws -> Value,
        isNews: (Value) -> Bool
    ) async throws -> Value {
        guard waitSeconds > 0 else { return try await services.store.read(read) }
        let deadline = services.world.now().advanced(bySeconds: waitSeconds)
        let awaited = Set(orderIDs)
        while true {
            let (value, versions) = try await services.store.read {
                (try read($0), try $0.orderStatuses.versions(of: orderIDs))
            }
            let left = deadline.seconds(since: services.world.now())
            guard left > 0, !isNews(value),
                await changes.next(of: awaited, versions: versions, withinSeconds: left)
            else { return value }
        }
    }
}
