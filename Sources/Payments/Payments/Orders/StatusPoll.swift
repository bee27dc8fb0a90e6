import EncodingKit
package import PaymentCore
import WorldKit

/// What restaurant and guest are told when they ask how far an order is; they may wait for news.
package struct StatusPoll: Sendable {
    private let services: Services
    private let changes: OrderChanges

    package init(_ services: Services, changes: OrderChanges) {
        self.services = services
        self.changes = changes
    }

    // MARK: The restaurant

    /// A restaurant's question (seed 001, `POST /orders/list`).
    package struct RestaurantQuestion: Sendable {
        /// The restaurant's API key.
        package var key: String
        /// Whom the request says it is from; nil when it does not say.
        package var clientID: String?
        package var orderIDs: [String]
        /// The tag of the answer that the restaurant has; nil when it has none.
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
        /// One for each id asked for, in that order.
        package var statuses: [IikoStatus]
        /// The same for the same answer.
        package var tag: String
    }

    /// Answers at once, or with `waitSeconds` when a status is another than the tag's, or than at the beginning.
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

    /// The same answer on the calling thread; nil when the question has to wait, for news or for the store.
    package func answerAtOnce(_ question: RestaurantQuestion) throws -> RestaurantAnswer? {
        guard question.waitSeconds == 0 else { return nil }
        return try services.store.readImmediately { try Self.answer(question, in: $0) }
    }

    private static func answer(
        _ question: RestaurantQuestion, in transaction: StoreTransaction
    ) throws -> RestaurantAnswer {
        guard let clientID = try RestaurantKeys.owner(of: question.key, in: transaction) else { throw Problem.badKey }
        try Problem.checkRestaurant(question.clientID, is: clientID)
        let known = try transaction.standings.statuses(of: question.orderIDs, clientID: clientID)
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
        /// What the guest earns by having paid; nil for nothing.
        package var cashback: Money?

        /// The answer for the order's payer.
        package init(_ order: Order) { self.init(order, status: order.status.guest) }

        init(_ order: Order, status: GuestStatus) {
            self.status = status
            cashback = status == .payed && !order.cashbackDue.isZero ? order.cashbackDue : nil
        }
    }

    /// How far the order is for this very guest: another's payment is not theirs (seed 000).
    ///
    /// Answers at once, or with `waitSeconds` when the status is final, or another than `seen` or than at the beginning.
    /// - Throws: ``OrderError/notFound(orderID:)``; ``OrderError/taken(orderID:)`` when another user is paying or has paid
    ///   and this one never tried.
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
            guard order.status.isOpen else { throw OrderError.taken(orderID: order.orderID) }
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
            let (value, position) = try await services.store.read { (try read($0), try $0.standings.position()) }
            let left = deadline.seconds(since: services.world.now())
            guard left > 0, !isNews(value), await changes.next(of: awaited, after: position, withinSeconds: left) else {
                return value
            }
        }
    }
}
