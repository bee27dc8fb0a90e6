/// Nearest-rank percentiles, which are always measured values.
package enum NearestRank {
    /// The smallest value that `percent` of all values do not exceed; nil if there are none.
    /// - Parameter sorted: in ascending order.
    package static func percentile(_ percent: Int, of sorted: [Double]) -> Double? {
        guard !sorted.isEmpty else { return nil }
        let rank = (sorted.count * percent + 99) / 100
        return sorted[max(rank, 1) - 1]
    }
}
