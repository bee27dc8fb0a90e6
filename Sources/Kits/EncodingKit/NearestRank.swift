/// Percentiles by nearest rank: always a value that was measured.
package enum NearestRank {
    /// The smallest value that so many percent of all do not exceed; nil of none.
    /// - Parameter sorted: smallest first.
    package static func percentile(_ percent: Int, of sorted: [Double]) -> Double? {
        guard !sorted.isEmpty else { return nil }
        let rank = (sorted.count * percent + 99) / 100
        return sorted[max(rank, 1) - 1]
    }
}
