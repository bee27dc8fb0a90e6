import QRPayDomain

extension Variant {
    package static let all: [Variant] = [
        .production, .seedV1, .seedV1Guarded, .seedV2, .seedV2NonIdempotent, .seedV3,
    ]

    package static func named(_ name: String) -> Variant? { all.first { $0.name == name } }

    package static let seedV1 = seed("seed-v1", "the first variant as written: reports find their order by eda_order_id", SeedDesign())
    package static let seedV1Guarded = seed("seed-v1-guarded", "the same, but an update must find the order PENDING or HOLD_FAILED", SeedDesign(updateChecksStatus: true))
    package static let seedV2 = seed("seed-v2", "Eda makes the id, the same one for the same user and order", SeedDesign(edaID: .madeByEda))
    package static let seedV2NonIdempotent = seed("seed-v2-nonidempotent", "Eda makes a new id every time, and the first one of a user stays", SeedDesign(edaID: .madeByEdaEachTime))
    package static let seedV3 = seed("seed-v3", "a failed hold makes the order PENDING and nobody's again", SeedDesign(resetsOnFailure: true))

    /// What the designs of seed 000 are about: who pays, what is held, what is taken.
    private static func seed(_ name: String, _ summary: String, _ design: SeedDesign) -> Variant {
        var variant = Variant(name: name, summary: summary) { try await design.run($0, $1) }
        variant.invariants = [
            .heldWithinBill, .oneClear, .oneLiveHold, .payerKept, .finalStatesStay, .paidMeansTaken, .holdHasOwner,
            .nothingMoves, .sidesAgree,
        ]
        if design.resetsOnFailure {
            // Its way back is a change that no other design has.
            variant.invariants.removeAll { $0 == .finalStatesStay || $0 == .payerKept }
        }
        variant.reliesOnReports = true
        return variant
    }
}
