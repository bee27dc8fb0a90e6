import HTTPKit
import JSONKit
import PaymentAPI
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import TestSupport
import Testing

/// What operators see, and how the server stops.
@Suite struct OperationTests {
    @Test func `metrics count orders, payments, tasks and requests`() async throws {
        try await APIFixture.run { api async throws in
            let (paid, failed) = (try await api.order("1"), try await api.order("2"))
            _ = try await api.order("3")
            for _ in 0..<2 { _ = try await api.send("GET", APIFixture.preorder(paid), APIFixture.asUser()) }
            _ = try await api.pay(paid)
            _ = try await api.outcome(paid)
            _ = try await api.pay(failed, card: "card-decline")
            _ = try await api.outcome(failed)
            _ = try await api.send("GET", "/nothing")
            let answer = try await api.send("GET", "/metrics")
            let lines = String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
            for expected in [
                "qrpay_orders_created_total 3", "qrpay_orders_viewed_total 1", "qrpay_orders_paid_total 1",
                "qrpay_orders_open 2", "qrpay_orders_problem 1", "qrpay_payments_failed_total{kind=\"hold\"} 1",
                "qrpay_cashback_problems 0", "qrpay_orders{status=\"HOLD_FAILED\"} 1",
                "qrpay_tasks{kind=\"order.expire\",state=\"ready\"} 3",
                "qrpay_tasks_overdue{kind=\"receipt.fetch\",reason=\"age\"} 0",
                "qrpay_tasks_not_staged_total 0",
                "qrpay_task_enqueue_failures_total{code=\"none\"} 0",
                "qrpay_http_request_seconds_count{method=\"POST\",route=\"/orders\",status=\"200\"} 3",
                "qrpay_log_dropped_total 0",
                "qrpay_http_request_seconds_count{method=\"any\",route=\"none\",status=\"404\"} 1",
            ] {
                #expect(lines.contains { $0 == expected }, "\(expected)")
            }
            #expect(lines.contains { $0.hasPrefix("qrpay_tasks_done_last_minute{kind=\"receipt.fetch\"} ") })
            try Self.checkFormat(lines)
        }
    }

    /// Prometheus' text format: every sample belongs to a family declared before it, buckets are cumulative.
    private static func checkFormat(_ lines: [Substring]) throws {
        var family = ""
        var bucket: (labels: Substring, count: Int) = ("", 0)
        for line in lines {
            if line.hasPrefix("# TYPE ") {
                family = String(line.split(separator: " ")[2])
                continue
            }
            guard !line.hasPrefix("#") else { continue }
            let match = try #require(line.wholeMatch(of: /([a-z_]+)(\{[^ ]*\})? ([0-9.e+-]+)/), "\(line)")
            #expect(["", "_bucket", "_sum", "_count"].contains { match.1 == family + $0 }, "\(line)")
            guard match.1.hasSuffix("_bucket"), let labels = match.2?.prefix(while: { $0 != "," }) else { continue }
            let count = try #require(Int(match.3))
            let whole = (match.2 ?? "").replacing(/,le=.*/, with: "")
            if bucket.labels == whole[...] { #expect(count >= bucket.count, "\(line)") }
            bucket = (whole[...], count)
            #expect(labels.hasPrefix("{"))
        }
    }

    @Test func `health reports that no partner can be reached`() async throws {
        var setup = APIFixture.Setup()
        setup.checkPartners = {
            throw HTTPTransportError(code: .cannotConnect, place: "", message: "no socket can be made")
        }
        try await APIFixture.run(setup) { api async throws in
            let answer = try await api.send("GET", "/healthz")
            #expect(answer.status == 503)
            let expected = #"{"code":"partners_unreachable","message":"no socket can be made"}"#
            #expect(String(decoding: answer.body, as: UTF8.self) == expected)
        }
    }

    @Test func `a request is logged without secrets or users`() async throws {
        try await APIFixture.run { api async throws in
            let link = try await api.order()
            let headers = APIFixture.asUser("4001") + [("X-Request-Id", "r-1")]
            _ = try await api.send("GET", APIFixture.preorder(link), headers)
            _ = try await api.send("POST", "/orders", api.asRestaurant(), body: "{")
            let records = api.log.all.suffix(2)
            #expect(records.map(\.route) == ["/4.0/payments/v1/preorder", "/orders"])
            #expect(records.first?.requestID == "r-1" && records.last?.reason?.code == "bad_bill")
            for record in api.log.all {
                let line = try JSON(Array(record.json.utf8))
                #expect(line["event"] == "request" && line["status"].number == Double(record.status))
                for secret in [api.key, APIFixture.gatewayKeys[0], "4001", link.hmac] {
                    #expect(!record.json.contains(secret), "\(record.json)")
                }
            }
        }
    }

    @Test func `stopping finishes running requests`() async throws {
        try await APIFixture.run { api async throws in
            let link = try await api.order()
            api.gate.close()
            async let answer = api.send("GET", APIFixture.preorder(link), APIFixture.asUser())
            await api.gate.firstArrival()
            async let isStopped: Void = api.stop()
            // New connections are refused, while the request in progress waits for cardstorage.
            while (try? await api.send("GET", "/healthz")) != nil {}
            api.gate.open()
            #expect(try await answer.status == 200)
            await isStopped
        }
    }
}
