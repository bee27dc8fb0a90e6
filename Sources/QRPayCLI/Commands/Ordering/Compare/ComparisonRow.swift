import EncodingKit
import Ordering

/// One row of a comparison: what is measured, and how it reads for one style.
struct ComparisonRow: Sendable {
    var title: String
    /// Nil where it says nothing about a style.
    var value: @Sendable (StyleMeasurement) -> String?
    /// What the row means, for the page; empty where the row before says it.
    var note: String

    /// In the order in which they are shown.
    static let all: [ComparisonRow] = [
        .init(title: "response, median", value: { milliseconds($0.response?.median) }, note: startNote),
        .init(title: "response, p99", value: { milliseconds($0.response?.p99) }, note: ""),
        .init(title: "response, longest", value: { milliseconds($0.response?.maximum) }, note: ""),
        .init(title: "outcome, median", value: { milliseconds($0.outcome?.median) }, note: outcomeNote),
        .init(title: "outcome, p99", value: { milliseconds($0.outcome?.p99) }, note: ""),
        .init(title: "outcome, longest", value: { milliseconds($0.outcome?.maximum) }, note: ""),
        .init(title: "succeeded", value: { "\($0.succeeded)" }, note: "Orders that were paid"),
        .init(title: "failed", value: { "\($0.failed)" }, note: "Orders that ended for lack of money"),
        .init(
            title: "timed out", value: { "\($0.timedOut)" },
            note: "Clients who waited as long as they may without learning the outcome"),
        .init(
            title: "refused", value: { "\($0.refused)" },
            note: "Clients who got no answer, or an error that says nothing about the order"),
        .init(
            title: "requests an order", value: { perOrder($0, $0.arrows.requests) },
            note: "Between services, repetitions included"),
        .init(
            title: "messages an order", value: { perOrder($0, $0.arrows.publishes) }, note: "Published and confirmed"),
        .init(
            title: "deliveries an order", value: { perOrder($0, $0.arrows.deliveries) },
            note: "Of messages to services, repetitions included"),
        .init(
            title: "synced commits an order", value: { perOrder($0, $0.commits) },
            note: "Transactions that changed a store, the embedded broker's included; each is synced to disk, and "
                + "transactions that arrive together share one"),
        .init(
            title: "KiB written an order", value: { measured in measured.bytes.map { perOrder(measured, $0 / 1024) } },
            note: "To all files of the process: stores and their write-ahead logs"),
        .init(
            title: "caught up after", value: { $0.fault == nil ? nil : $0.catchUp.map(seconds) ?? "not at all" },
            note: "From the end of the fault until every order that had begun by then has ended"),
        .init(
            title: "requests kept by the gateway", value: { "\($0.gatewayState)" },
            note: "Without an answer at the same time, at most"),
        .init(
            title: "copies of foreign data", value: { "\($0.copies)" },
            note: "Rows of one service that repeat another's: profiles of users"),
        .init(
            title: "violations", value: { "\($0.violations.count)" },
            note: "Of the invariants that hold across all stores, after everything has come to rest"),
    ]

    private static let startNote = "From the intended start to the answer, in milliseconds"
    private static let outcomeNote =
        "From the intended start until the client can know how the order ended, in "
        + "milliseconds"

    private static func milliseconds(_ seconds: Double?) -> String? {
        seconds.map { SequenceLanes.milliseconds(max(0, $0)) }
    }

    private static func seconds(_ seconds: Double) -> String { "\(decimal(seconds)) s" }

    private static func perOrder(_ measurement: StyleMeasurement, _ count: Int) -> String {
        decimal(measurement.anOrder(count))
    }

    /// With two decimals.
    static func decimal(_ number: Double) -> String {
        DecimalText.text(Int64((min(max(number, 0), 1e12) * 100).rounded()), digits: 2)
    }
}
