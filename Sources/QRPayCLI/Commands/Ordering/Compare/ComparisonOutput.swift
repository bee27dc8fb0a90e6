import CommandLineKit
import EncodingKit
import JSONKit
import Ordering
import OrderingCore
import WorldKit

/// The styles of a comparison side by side.
struct ComparisonOutput: Presentable {
    var plan: ArrivalPlan
    var users: Int
    var rate: Double
    var seed: Int
    var broker: String
    var fault: PlannedFault?
    var measurements: [StyleMeasurement]

    /// Whether every order has ended, and all invariants hold.
    var isSound: Bool { measurements.allSatisfy { $0.isSettled && $0.violations.isEmpty } }

    /// What was done, in words.
    var summary: String {
        let load =
            "\(plan.arrivals.count.counted("order")) of \(users.counted("user")) at "
            + "\(Self.rate(rate)) a second, seed \(seed), broker \(broker)"
        guard let fault else { return load }
        return load + ", \(FaultText.text(fault))"
    }

    /// Without trailing zeros: `100`, `0.5`.
    private static func rate(_ rate: Double) -> String {
        let text = ComparisonRow.decimal(rate)
        let digits = text.reversed().drop { $0 == "0" }.drop { $0 == "." }
        return String(digits.reversed())
    }

    // MARK: JSON

    var json: JSONObject {
        [
            "orders": plan.arrivals.count, "users": users, "rate": rate, "seed": seed, "broker": broker,
            "fault": fault.map { FaultText.text($0) }, "ok": isSound, "styles": measurements.map(Self.json),
        ]
    }

    private static func json(_ measured: StyleMeasurement) -> JSONObject {
        let counts: JSONObject = [
            "requests": measured.anOrder(measured.arrows.requests),
            "messages": measured.anOrder(measured.arrows.publishes),
            "deliveries": measured.anOrder(measured.arrows.deliveries), "commits": measured.anOrder(measured.commits),
            "bytes": measured.bytes.map { measured.anOrder($0) },
        ]
        return [
            "style": measured.style.rawValue, "response_ms": measured.response.map(json),
            "outcome_ms": measured.outcome.map(json), "succeeded": measured.succeeded, "failed": measured.failed,
            "timed_out": measured.timedOut, "refused": measured.refused,
            "unfinished": max(0, measured.orders - measured.ended), "settled": measured.isSettled,
            "per_order": counts, "catch_up_seconds": measured.catchUp,
            "gateway_requests_kept": measured.gatewayState, "foreign_copies": measured.copies,
            "violations": measured.violations.map { ["invariant": $0.invariant.rawValue, "text": $0.explanation] },
        ]
    }

    private static func json(_ spread: StyleMeasurement.Spread) -> JSONObject {
        func milliseconds(_ seconds: Double) -> Double { (seconds * 10_000).rounded() / 10 }
        return [
            "median": milliseconds(spread.median), "p99": milliseconds(spread.p99),
            "max": milliseconds(spread.maximum),
        ]
    }

    // MARK: Text

    /// One column per style.
    private var sideBySide: TextTable {
        var table = TextTable(
            columns: [.init("", isShrinkable: false)]
                + measurements.map { .init($0.style.rawValue.uppercased(), alignment: .right, isShrinkable: false) })
        for row in ComparisonRow.all {
            let values = measurements.map { row.value($0) }
            guard values.contains(where: { $0 != nil }) else { continue }
            table.append([.init(row.title)] + values.map { .init($0 ?? "-") })
        }
        return table
    }

    /// One row per style and measure: output to a pipe has no column titles that could name the style.
    private var listed: TextTable {
        var table = TextTable(columns: [.init("STYLE"), .init("MEASURE"), .init("VALUE", alignment: .right)])
        for measured in measurements {
            for row in ComparisonRow.all {
                guard let value = row.value(measured) else { continue }
                table.append([.init(measured.style.rawValue), .init(row.title), .init(value)])
            }
        }
        return table
    }

    /// The maximum number of violations listed for a style.
    private static let shownViolations = 5

    func write(to context: Context) throws {
        if context.terminal.isTerminal {
            try context.output.write("\(summary); times in milliseconds\n\n")
            try context.output.write(sideBySide.render(.init(context.terminal)))
        } else {
            try context.output.write(listed.render(.pipe))
        }
        for measured in measurements {
            if !measured.isSettled {
                try context.note("\(measured.style.rawValue): not everything has come to rest in time")
            }
            for broken in measured.violations.prefix(Self.shownViolations) {
                try context.note("\(measured.style.rawValue): \(broken.description)")
            }
        }
    }
}

/// A planned fault as it is written: `billing down 10s at 5s`.
enum FaultText {
    static let form = "SERVICE down LENGTH at TIME, such as 'billing down 10s at 5s'"

    static func text(_ fault: PlannedFault) -> String {
        "\(fault.target.word) down \(length(fault.seconds)) at \(length(fault.start))"
    }

    private static func length(_ seconds: Double) -> String {
        let milliseconds = Int((seconds * 1000).rounded())
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }

    /// The longest fault, and the latest, in seconds.
    private static let limit = 600.0

    static let parser = ValueParser<PlannedFault> { text in
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 5, words[1] == "down", words[3] == "at" else { throw InvalidValue("must be \(form)") }
        let seconds = try ValueParser<Double>.seconds(in: 0.01...limit).read(
            words[2], .init(now: .init(microseconds: 0), zone: .utc))
        let start = try ValueParser<Double>.seconds(in: 0...limit).read(
            words[4], .init(now: .init(microseconds: 0), zone: .utc))
        return PlannedFault(try target(words[0]), seconds: seconds, start: start)
    }

    private static func target(_ word: String) throws -> PlannedFault.Target {
        if word == "broker" { return .broker }
        guard let service = ServiceName(rawValue: word), service != .gateway else {
            let words = ServiceName.allCases.filter { $0 != .gateway }.map(\.rawValue) + ["broker"]
            throw InvalidValue("must begin with one of \(words.joined(separator: ", "))")
        }
        return .service(service)
    }
}
