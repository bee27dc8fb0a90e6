import PaymentCore

extension Variant {
    package static let all: [Variant] = [
        .production, .seedV1, .seedV1Guarded, .seedV2, .seedV2NonIdempotent, .seedV3,
    ]

    package static func named(_ name: String) -> Variant? { all.first { $0.name == name } }

    package static let seedV1 = seed(
        "seed-v1", "the first variant as written: reports find their order by eda_order_id", SeedDesign(),
        oneUser: "Синхронизировать запросы одного пользователя не нужно - у него будет один и тот же eda_order_id.",
        report: byEdaOrderID,
        invoice: "Получается что инвойс создастся только пльзователю который первый вызвал /orders")
    package static let seedV1Guarded = seed(
        "seed-v1-guarded", "the same, but an update requires the order to be PENDING or HOLD_FAILED",
        SeedDesign(updateChecksStatus: true), oneUser: nil, report: byEdaOrderID,
        invoice: "Получается что инвойс создастся только пльзователю который первый вызвал /orders")
    package static let seedV2 = seed(
        "seed-v2", "Eda creates the id, the same one for the same user and order", SeedDesign(edaID: .madeByEda),
        oneUser: "Для разных запросов одного пользователя в случае с идемпотентным созданием заказа в Еде "
            + "синхронизация не потребуется", report: byEdaOrderID, invoice: firstUpdate)
    package static let seedV2NonIdempotent = seed(
        "seed-v2-nonidempotent", "Eda creates a new id every time, and the first one of a user is kept",
        SeedDesign(edaID: .madeByEdaEachTime),
        oneUser: "без идемпотентности нужно доработать апдейт чтобы он возвращал только первый eda_order_id "
            + "пользователя (так он будет одинаковый даже в разных запросах).",
        report: byEdaOrderID, invoice: firstUpdate)
    package static let seedV3 = seed(
        "seed-v3", "a failed hold returns the order to PENDING without a user", SeedDesign(resetsOnFailure: true),
        oneUser: reset, report: reset, invoice: reset)

    private static let byEdaOrderID = "payments_eda_stq_callback - обновляем статус по eda_order_id"
    private static let firstUpdate =
        "Получается что инвойс создастся только пльзователю у которого первым выполнился "
        + "iiko-integration/update в /orders."
    private static let reset = "при переводе в HOLD_FAILED сбрасывать uid, eda-order-id и status в PENDING"

    /// The invariants that the seed designs address: who pays, what is held, what is captured.
    ///
    /// - Parameters:
    ///   - oneUser: the design's statement about several requests of one user.
    ///   - report: its statement about reports.
    ///   - invoice: its statement about the invoice of a payment.
    private static func seed(
        _ name: String, _ summary: String, _ design: SeedDesign, oneUser: String?, report: String, invoice: String
    ) -> Variant {
        var variant = Variant(name: name, summary: summary) { try await design.run($0, $1) }
        variant.invariants = [
            .heldWithinBill, .oneClear, .oneLiveHold, .payerKept, .finalStatesStay, .paidMeansTaken, .holdHasOwner,
            .nothingMoves, .sidesAgree,
        ]
        if design.resetsOnFailure {
            // Its transition back to PENDING is unique to this design.
            variant.invariants.removeAll { $0 == .finalStatesStay || $0 == .payerKept }
        }
        variant.sentences = [
            .finalStatesStay: oneUser ?? report, .paidMeansTaken: oneUser ?? report, .sidesAgree: oneUser ?? report,
            .holdHasOwner: report, .oneLiveHold: report, .heldWithinBill: report, .oneClear: report,
            .nothingMoves: invoice,
        ]
        variant.reliesOnReports = true
        return variant
    }
}
