import Synchronization

/// Metrics that a process records about itself.
package final class Metrics: Sendable {
    /// One histogram of durations.
    private struct Histogram {
        /// Counts per bucket, not cumulative; the last one is beyond every bound.
        var counts = [UInt64](repeating: 0, count: Metrics.boundsSeconds.count + 1)
        var sumSeconds = 0.0

        mutating func observe(_ seconds: Double) {
            counts[Metrics.boundsSeconds.firstIndex { seconds <= $0 } ?? Metrics.boundsSeconds.count] += 1
            sumSeconds += seconds
        }
    }

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
        var requests: [RequestKey: Histogram] = [:]
        var partners: [PartnerKey: Histogram] = [:]
        var writeFailures: [String: Int] = [:]
        var droppedLogLines = 0
    }

    private static let boundsSeconds = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]

    private let state = Mutex(State())

    package init() {}

    /// Records an answered request.
    /// - Parameter route: the route's declared path, never the requested one.
    package func requestEnded(method: String, route: String, status: Int, seconds: Double) {
        state.withLock {
            $0.requests[RequestKey(method: method, route: route, status: status), default: Histogram()].observe(seconds)
        }
    }

    /// Records a partner call.
    /// - Parameter outcome: the response status, or why there is none.
    package func partnerAsked(_ partner: String, outcome: String, seconds: Double) {
        state.withLock {
            $0.partners[PartnerKey(partner: partner, outcome: outcome), default: Histogram()].observe(seconds)
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
            Self.write(histogram, request, labels, to: &text)
        }
        let partner = "qrpay_partner_request_seconds"
        text.family(partner, .histogram, "Duration of partner requests, by partner and outcome.")
        let partners = state.partners.sorted { ($0.key.partner, $0.key.outcome) < ($1.key.partner, $1.key.outcome) }
        for (key, histogram) in partners {
            Self.write(histogram, partner, [("partner", key.partner), ("outcome", key.outcome)], to: &text)
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

    private static func write(
        _ histogram: Histogram, _ name: String, _ labels: MetricsText.Labels, to text: inout MetricsText
    ) {
        var total: UInt64 = 0
        for (bound, count) in zip(boundsSeconds.map { "\($0)" } + ["+Inf"], histogram.counts) {
            total += count
            text.sample("\(name)_bucket", labels + [("le", bound)], "\(total)")
        }
        text.sample("\(name)_sum", labels, "\(histogram.sumSeconds)")
        text.sample("\(name)_count", labels, "\(total)")
    }
}
