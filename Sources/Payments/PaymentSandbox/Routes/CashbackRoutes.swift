import HTTPKit
import JSONKit
import PaymentCore
import PaymentPartners

/// Cardstorage, as used by ``HTTPCardstorageClient``.
enum CardstorageRoutes {
    static func all(_ state: SandboxState) -> [Route] {
        [
            Route(
                "GET", "/cardstorage/v1/payment_methods", operation: "listPaymentMethods",
                RouteField("uid").required { text throws(FieldError) in
                    guard !text.isEmpty else { throw FieldError(field: "uid", problem: "missing") }
                    return text
                }, output: .json(PaymentMethodsWire.self)
            ) { uid in
                let methods = try await state.perform { models, _ in models.cardstorage.paymentMethods(uid: uid) }
                return Reply(PaymentMethodsWire(uid: uid, methods: methods))
            }
        ]
    }
}

/// The cashback service, as used by ``HTTPCashbackClient``.
enum CashbackRoutes {
    private static let pageSize = 500

    static func all(_ state: SandboxState) -> [Route] {
        [
            Route(
                "PUT", "/cashback/v1/entries/{key}", operation: "postCashback", SandboxRoute.text("key"),
                SandboxRoute.json(CashbackEntryWire.self), output: .json(CashbackRowWire.self), failures: [409]
            ) { key, wire in
                let entry = try wire.entry()
                try SandboxRoute.confirm(entry.key, is: key, "key")
                return Reply(try await state.perform { models, now in try models.cashback.post(entry, now: now) })
            },
            Route(
                "GET", "/cashback/v1/entries", operation: "listCashback", SandboxRoute.query("order_id"),
                SandboxRoute.instant("since"), SandboxRoute.instant("until"), SandboxRoute.query("cursor"),
                output: .json(CashbackPageWire.self)
            ) { orderID, since, until, cursor in
                Reply(
                    try await state.perform { models, _ in
                        models.cashback.page(
                            orderID: orderID, since: since, until: until, cursor: cursor, limit: pageSize)
                    })
            },
        ]
    }
}
