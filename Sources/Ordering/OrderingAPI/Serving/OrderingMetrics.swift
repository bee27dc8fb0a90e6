package import EncodingKit
package import HTTPKit
import Synchronization

/// What a serving process counts.
package final class OrderingMetrics: Sendable {
    private struct Key: Hashable {
        var method: String
        var route: String
        var status: Int
    }

    private struct State {
        var requests: [Key: DurationHistogram] = [:]
        /// By name, then by the value of its label.
        var counts: [String: [String: Int]] = [:]
    }

    /// A family of counters with one label.
    package struct Counter: Sendable {
        var name: String
        var label: String
        var help: String

        package static let attempts = Counter(
            name: "qrpay_ordering_attempts_total", label: "ending",
            help: "Attempts of the services' tasks, by service and ending.")
        package static let messages = Counter(
            name: "qrpay_ordering_messages_total", label: "event",
            help: "Messages of the services, by service and what became of them.")
        package static let droppedLogLines = Counter(
            name: "qrpay_log_dropped_total", label: "log", help: "Log lines dropped because the log was not being read."
        )

        static let all = [attempts, messages, droppedLogLines]
    }

    private let state = Mutex(State())

    package init() {}

    package func requestEnded(_ record: RequestRecord) {
        let key = Key(method: record.method, route: record.route, status: record.status)
        state.withLock { $0.requests[key, default: DurationHistogram()].observe(record.seconds) }
    }

    package func count(_ counter: Counter, _ label: String, by number: Int = 1) {
        state.withLock { $0.counts[counter.name, default: [:]][label, default: 0] += number }
    }

    /// In Prometheus' text format, sorted by labels.
    package func write(to text: inout MetricsText) {
        let state = state.withLock { $0 }
        let request = "qrpay_http_request_seconds"
        text.family(request, .histogram, "Time to answer a request, by route and status.")
        let requests = state.requests.sorted {
            ($0.key.route, $0.key.method, $0.key.status) < ($1.key.route, $1.key.method, $1.key.status)
        }
        for (key, histogram) in requests {
            histogram.write(
                request, [("method", key.method), ("route", key.route), ("status", "\(key.status)")], to: &text)
        }
        for counter in Counter.all {
            text.family(counter.name, .counter, counter.help)
            let counts = state.counts[counter.name] ?? ["none": 0]
            for (label, count) in counts.sorted(by: { $0.key < $1.key }) {
                text.sample(counter.name, [(counter.label, label)], "\(count)")
            }
        }
    }
}
