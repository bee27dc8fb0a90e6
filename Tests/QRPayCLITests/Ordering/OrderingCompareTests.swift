import FoundationEssentials
import OrderingCore
import TestSupport
import Testing

@testable import Ordering
@testable import QRPayCLI

/// Styles under the same load.
@Suite struct OrderingCompareTests {
    private static let small = ["ordering", "compare", "--users", "3", "--orders", "12", "--rate", "200"]

    @Test(arguments: [[], ["--fault", "billing down 100ms at 20ms"], ["--fault", "broker down 100ms at 10ms"]])
    func `every style ends all orders, with the arrows that it takes`(_ fault: [String]) async throws {
        try await Stage.run { stage async throws in
            let page = stage.directory.file("styles.html")
            let run = await stage.qrpay(Self.small + fault + ["--html", page, "--json"])
            let json = try run.succeeded().json()
            let styles = json["styles"].elements
            #expect(styles.map { $0["style"].text } == StyleName.allCases.map(\.rawValue))
            for style in styles {
                let ended = (style["succeeded"].number ?? 0) + (style["failed"].number ?? 0)
                #expect(ended == 12 && style["unfinished"].number == 0 && style["violations"].elements.isEmpty)
                #expect(style["settled"] == true)
            }
            if fault.isEmpty {
                #expect(styles.map { $0["per_order"]["messages"].number } == [0, 4, 4, 3])
                #expect(styles.map { $0["per_order"]["deliveries"].number } == [0, 5, 5, 4])
            }
            // Three users are copied where the style copies them.
            #expect(styles.map { $0["foreign_copies"].number } == [0, 0, 3, 3])
            let html = String(decoding: try Data(contentsOf: URL(filePath: page)), as: UTF8.self)
            #expect(html.hasPrefix("<!DOCTYPE html>") && html.components(of: "<svg ") == 4)
            for outside in ["http://", "https://", "src=", "href=", "@import", "url("] {
                #expect(!html.contains(outside), "\(outside)")
            }
        }
    }

    @Test func `the same seed gives the same orders, another one others`() {
        let plan = ArrivalPlan(users: 5, orders: 100, rate: 50, seed: 7)
        #expect(ArrivalPlan(users: 5, orders: 100, rate: 50, seed: 7).arrivals == plan.arrivals)
        #expect(ArrivalPlan(users: 5, orders: 100, rate: 50, seed: 8).arrivals != plan.arrivals)
        #expect(plan.arrivals.map(\.seconds) == plan.arrivals.map(\.seconds).sorted())
        #expect(plan.arrivals.allSatisfy { (0..<5).contains($0.user) && $0.price >= .leastPrice })
    }

    @Test(
        arguments: [
            ("billing", "must be SERVICE down LENGTH at TIME"), ("billing up 1s at 2s", "must be SERVICE down"),
            ("gateway down 1s at 2s", "must begin with one of"), ("nothing down 1s at 2s", "must begin with one of"),
            ("billing down 0s at 2s", "must be"), ("billing down 11m at 2s", "must be"),
            ("billing down 1s at 11m", "must be"), ("billing down soon at 1s", "must be"),
        ])
    func `a fault that cannot be made is refused`(_ text: String, _ phrase: String) async throws {
        try await Stage.run { stage async throws in
            await stage.expectFailure(Self.small + ["--fault", text], 2, "usage", phrase)
        }
    }

    @Test(
        arguments: [
            ["--styles", "http,soap"], ["--styles", ""], ["--rate", "0"], ["--rate", "0.01"], ["--users", "0"],
            ["--orders", "0"], ["--seed", "-1"],
        ])
    func `a load that makes no sense is refused`(_ options: [String]) async throws {
        try await Stage.run { stage async throws in
            await stage.expectFailure(["ordering", "compare"] + options, 2, "usage")
        }
    }

    @Test func `in a pipe each row names its style, and nothing else names it`() async throws {
        try await Stage.run { stage async throws in
            let run = try await stage.qrpay(Self.small + ["--styles", "http,events"]).succeeded()
            Self.expectStyles(["http", "events"], in: run.rows)
        }
    }

    private static func expectStyles(_ styles: [String], in rows: [[String]]) {
        #expect(rows.allSatisfy { $0.count == 3 }, "\(rows)")
        for style in styles {
            let measures = rows.filter { $0.first == style }.map { $0[1] }
            #expect(measures.contains("succeeded") && measures.contains("synced commits an order"), "\(rows)")
        }
        #expect(Set(rows.compactMap(\.first)) == Set(styles))
    }

    @Test(arguments: [(100, "100"), (0.5, "0.5"), (12.25, "12.25"), (1000, "1000"), (20.1, "20.1")])
    func `a rate has no trailing zeros`(_ rate: Double, _ text: String) {
        let output = ComparisonOutput(
            plan: ArrivalPlan(users: 1, orders: 1, rate: 1, seed: 1), users: 1, rate: rate, seed: 1,
            broker: "embedded", measurements: [])
        #expect(output.summary.contains(" at \(text) a second"), "\(output.summary)")
        #expect(ComparisonPage.render(output).contains("<div class=\"wide\"><table>"))
    }

    @Test func `what a page shows is escaped`() {
        var measurement = StyleMeasurement(style: .http)
        measurement.violations = [BrokenOrderingInvariant(.moneyKept, "<script>alert(1)</script>")]
        let output = ComparisonOutput(
            plan: ArrivalPlan(users: 1, orders: 1, rate: 1, seed: 1), users: 1, rate: 1, seed: 1,
            broker: "<img src=x>", measurements: [measurement])
        let page = ComparisonPage.render(output)
        #expect(!page.contains("<script>") && !page.contains("<img"))
        #expect(page.contains("&lt;script&gt;"))
    }

    @Test func `catching up is counted from the end of the fault to the last order that had begun by then`() {
        var measurement = StyleMeasurement(style: .hybrid)
        measurement.fault = PlannedFault(.service(.billing), seconds: 2, start: 1)
        func sample(_ seconds: Double, _ outcome: Double?, status: Int? = 202) -> StyleMeasurement.Sample {
            .init(
                arrival: .init(seconds: seconds, user: 0, price: .leastPrice), status: status, response: 0.01,
                outcome: outcome)
        }
        measurement.samples = [sample(0, 0.1), sample(1.5, 2), sample(2.9, 0.9), sample(4, 9)]
        #expect(measurement.catchUp.map { ($0 * 1000).rounded() } == 800)
        measurement.samples.append(sample(2, nil))
        #expect(measurement.catchUp == nil)
        measurement.samples = [sample(0, 0.1)]
        #expect(measurement.catchUp == 0)
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
