/// Counts durations in buckets, for Prometheus.
package struct DurationHistogram: Sendable {
    package static let boundsSeconds = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]

    /// Counts per bucket, not cumulative; the last one is beyond every bound.
    private var counts = [UInt64](repeating: 0, count: boundsSeconds.count + 1)
    private var sumSeconds = 0.0

    package init() {}

    package mutating func observe(_ seconds: Double) {
        counts[Self.boundsSeconds.firstIndex { seconds <= $0 } ?? Self.boundsSeconds.count] += 1
        sumSeconds += seconds
    }

    /// Writes its samples.
    /// - Parameter name: of the family, which is begun already.
    package func write(_ name: String, _ labels: MetricsText.Labels, to text: inout MetricsText) {
        var total: UInt64 = 0
        for (bound, count) in zip(Self.boundsSeconds.map { "\($0)" } + ["+Inf"], counts) {
            total += count
            text.sample("\(name)_bucket", labels + [("le", bound)], "\(total)")
        }
        text.sample("\(name)_sum", labels, "\(sumSeconds)")
        text.sample("\(name)_count", labels, "\(total)")
    }
}
