import HTTPKit
import PaymentCore
import PaymentPartners

extension SandboxRouter {
    private static let pageSize = 500

    /// Cardstorage, as used by ``HTTPCardstorageClient``.
    mutating func addCardstorage(_ state: SandboxState) {
        on("GET", "/cardstorage/v1/payment_methods") { call in
            guard let uid = call.request.queryValue("uid"), !uid.isEmpty else {
                throw WireError(field: "uid", problem: "missing")
            }
            let methods = try await state.perform { models, _ in models.cardstorage.paymentMethods(uid: uid) }
            return try .json(PaymentMethodsWire(uid: uid, methods: methods))
        }
    }

    /// The cashback service, as used by ``HTTPCashbackClient``.
    mutating func addCashback(_ state: SandboxState) {
        on("PUT", "/cashback/v1/entries/{key}") { call in
            let entry = try call.json(CashbackEntryWire.self).entry()
            try call.confirm(entry.key, is: call.path["key"], "key")
            return try await .json(state.perform { models, now in try models.cashback.post(entry, now: now) })
        }
        on("GET", "/cashback/v1/entries") { call in
            let request = call.request
            let since = try request.queryValue("since").map { try WireField.instant($0, "since") }
            let until = try request.queryValue("until").map { try WireField.instant($0, "until") }
            let (orderID, cursor) = (request.queryValue("order_id"), request.queryValue("cursor"))
            return try await .json(
                state.perform { models, _ in
                    models.cashback.page(
                        orderID: orderID, since: since, until: until, cursor: cursor, limit: Self.pageSize)
                })
        }
    }
}
