import PaymentCore
import Testing

@Suite struct OrderStatusTests {
    @Test(
        arguments: [
            (.pending, "PENDING", .waiting, .waiting), (.holding, "HOLDING", .waiting, .waiting),
            (.held, "HELD", .waiting, .waiting), (.cleared, "CLEARED", .payed, .payed),
            (.refunded, "REFUNDED", .payed, .payed), (.holdFailed, "HOLD_FAILED", .waiting, .declined),
            (.clearFailed, "CLEAR_FAILED", .canceled, .declined), (.canceled, "CANCELED", .canceled, .declined),
            (.expired, "EXPIRED", .canceled, .declined),
        ] as [(OrderStatus, String, IikoStatus, GuestStatus)])
    func `statuses shown to restaurant and guest`(
        status: OrderStatus, word: String, iiko: IikoStatus, guest: GuestStatus
    ) {
        #expect(status.rawValue == word && status.iiko == iiko && status.guest == guest)
    }

    @Test func `wire words`() {
        #expect(
            [IikoStatus.waiting, .payed, .canceled, .notFound].map(\.rawValue) == [
                "WAITING", "PAYED", "CANCELED", "NOT_FOUND",
            ])
        #expect([GuestStatus.waiting, .payed, .declined].map(\.rawValue) == ["WAITING", "PAYED", "DECLINED"])
    }

    @Test(
        arguments: [
            (.pending, [.holding, .canceled, .expired]), (.holding, [.held, .holdFailed]),
            (.held, [.cleared, .clearFailed]), (.cleared, [.refunded]),
            (.holdFailed, [.holding, .canceled, .expired]), (.refunded, []), (.clearFailed, []), (.canceled, []),
            (.expired, []),
        ] as [(OrderStatus, Set<OrderStatus>)])
    func `status transitions`(status: OrderStatus, successors: Set<OrderStatus>) {
        #expect(status.successors == successors)
        #expect(!status.successors.contains(status))
        #expect(status.isOpen == [.pending, .holdFailed].contains(status))
        #expect(status.isMoving == [.holding, .held].contains(status))
    }

    /// PAYED is reached only through a clear, and never left.
    @Test func `a paid order stays paid`() {
        for status in OrderStatus.allCases where status.iiko == .payed {
            #expect(status.successors.allSatisfy { $0.iiko == .payed })
        }
        let ways = OrderStatus.allCases.filter { $0.iiko != .payed && $0.successors.contains { $0.iiko == .payed } }
        #expect(ways == [.held])
    }
}

@Suite struct OrderTests {
    private static func order(_ status: OrderStatus, taken: Int64 = 0, refunded: Int64 = 0, cap: Int64? = nil) throws
        -> Order
    {
        Order(
            orderID: "o", clientID: "c", internalOrderID: "b", status: status, amount: rub(10_000),
            capturedAmount: rub(taken),
            refunded: rub(refunded),
            cashback: CashbackTerms(ruleID: "r", percent: try Percent("30"), cap: cap.map { rub($0) }),
            createdAt: .zero, updatedAt: .zero, expiresAt: .zero)
    }

    @Test(
        arguments: [
            ("nobody paid", .pending, 0, 0, nil, 0), ("under way", .holding, 0, 0, nil, 0),
            ("promised while held", .held, 0, 0, nil, 3_000), ("capped while held", .held, 0, 0, 2_500, 2_500),
            ("paid", .cleared, 10_000, 0, nil, 3_000), ("a part given back", .cleared, 10_000, 3_335, nil, 1_999),
            ("a part given back below the cap", .cleared, 10_000, 1_000, 2_500, 2_500),
            ("all given back", .refunded, 10_000, 10_000, nil, 0), ("not cleared", .clearFailed, 0, 0, nil, 0),
        ] as [(String, OrderStatus, Int64, Int64, Int64?, Int64)])
    func `cashback due`(
        name: String, status: OrderStatus, taken: Int64, refunded: Int64, cap: Int64?, due: Int64
    ) throws {
        let order = try Self.order(status, taken: taken, refunded: refunded, cap: cap)
        #expect(order.cashbackDue == rub(due))
        #expect(order.kept == rub(taken - refunded))
    }

    @Test func `without terms nothing is due`() throws {
        var order = try Self.order(.cleared, taken: 10_000)
        order.cashback = nil
        #expect(order.cashbackDue == rub(0))
    }

    @Test(
        arguments: [.iiko, .guest("4001"), .guest("a:b"), .guest(""), .transactions, .worker, .support] as [Actor])
    func `actors are read as written`(actor: Actor) {
        #expect(Actor(text: actor.text) == actor)
        #expect(Actor(text: actor.text + "?") != actor)
    }
}
