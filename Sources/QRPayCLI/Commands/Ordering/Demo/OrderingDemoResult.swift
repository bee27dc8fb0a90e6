import CommandLineKit
import JSONKit
import Ordering
import OrderingCore

/// What the demo found out about a style.
struct OrderingDemoResult: Sendable {
    var style: StyleName
    var orderID = ""
    /// Of the answer to the order that succeeds.
    var status = 0
    /// In seconds.
    var response = 0.0
    var counts = ArrowCounts()
    /// Transactions that changed a store because of that order, the broker's included.
    var commits = 0
    var checks: [String] = []

    init(style: StyleName) { self.style = style }

    var json: JSONObject {
        [
            "style": style.rawValue, "order_id": orderID, "status": status,
            "response_ms": (response * 10_000).rounded() / 10, "requests": counts.requests,
            "messages": counts.publishes, "deliveries": counts.deliveries, "commits": commits, "checks": checks,
        ]
    }

    static func table(_ results: [OrderingDemoResult]) -> TextTable {
        var table = TextTable(columns: [
            .init("STYLE"), .init("ANSWER", alignment: .right), .init("RESPONSE MS", alignment: .right),
            .init("REQUESTS", alignment: .right), .init("MESSAGES", alignment: .right),
            .init("DELIVERIES", alignment: .right), .init("COMMITS", alignment: .right),
        ])
        for result in results {
            table.append([
                .init(result.style.rawValue), .init("\(result.status)"),
                .init(SequenceLanes.milliseconds(result.response)), .init("\(result.counts.requests)"),
                .init("\(result.counts.publishes)"), .init("\(result.counts.deliveries)"),
                .init("\(result.commits)"),
            ])
        }
        return table
    }
}
