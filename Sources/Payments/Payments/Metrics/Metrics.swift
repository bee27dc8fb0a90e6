import EncodingKit
import Synchronization

/// Metrics that a process records about itself.
package final class Metrics: Sendable {
    private struct RequestKey: Hashable {
        var method: String
        var route: String
        var status: Int
    }

    private struct PartnerKey: Hashable {
        var partner: String
        var outcome: String
    }

    private struct State {
        var requests: [RequestKey: DurationHistogram] = [:]
        var partners: [PartnerKey: DurationHistogram] = [:]
        var writeFailures: [String: Int] = [:]
        var droppedLogLines = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// Records an answered request.
    /// - Parameter route: the route's declared path, never the requested one.
    package func requestEnded(method: String, route: String, status: Int, seconds: Double) {
        state.withLock {
            $0.requests[RequestKey(method: method, route: route, status: status), default: DurationHistogram()].observe(
                seconds)
        }
    }

    /// Records a partner call.
    /// - Parameter outcome: the response status, or why there is none.
    package func partnerAsked(_ partner: String, outcome: String, seconds: Double) {
        state.withLock {
            $0.partners[PartnerKey(partner: partner, outcome: outcome), default: DurationHistogram()].observe(seconds)
        }
    }

    /// Records a failed transaction, and with it what it would have staged; or, with the code `staging`, a single task.
    package func writeFailed(code: String) { state.withLock { $0.writeFailures[code, default: 0] += 1 } }

    /// Records a log line dropped because the log was not being read.
    package func logLineDropped() { state.withLock { $0.droppedLogLines += 1 } }

    /// In Prometheus' text format, sorted by labels.
    func write(to text: inout MetricsText) {
        let state = state.withLock { $0 }
        let request = "qrpay_http_request_seconds"
        text.family(request, .histogram, "Time to answer a request, by route and status.")
        let requests = state.requests.sorted {
            ($0.key.route, $0.key.method, $0.key.status) < ($1.key.route, $1.key.method, $1.key.status)
        }
        for (key, histogram) in requests {
            let labels = [("method", key.method), ("route", key.route), ("status", "\(key.status)")]
            histogram.write(request, labels, to: &text)
        }
        let partner = "qrpay_partner_request_seconds"
        text.family(partner, .histogram, "Duration of partner requests, by partner and outcome.")
        let partners = state.partners.sorted { ($0.key.partner, $0.key.outcome) < ($1.key.partner, $1.key.outcome) }
        for (key, histogram) in partners {
            histogram.write(partner, [("partner", key.partner), ("outcome", key.outcome)], to: &text)
        }
        let failures = "qrpay_task_enqueue_failures_total"
        text.family(
            failures, .counter,
            "Tasks not enqueued because a transaction of this process failed, by code; \"staging\": only the task."
        )
        if state.writeFailures.isEmpty { text.sample(failures, [("code", "none")], "0") }
        for (code, count) in state.writeFailures.sorted(by: { $0.key < $1.key }) {
            text.sample(failures, [("code", code)], "\(count)")
        }
        text.add(
            "qrpay_log_dropped_total", .counter, "Log lines dropped because the log was not being read.",
            state.droppedLogLines)
    }
}
