extension Int64 {
    /// The sum, or the number nearest to it.
    ///
    /// For sums over stored and foreign amounts that are only compared: one out of range compares rightly all the same.
    package func plus(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    /// The difference, or the number nearest to it.
    package func minus(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}
