extension Int64 {
    /// The sum, clamped to the range of the type.
    ///
    /// For sums of untrusted amounts that are only compared: a clamped sum still compares correctly.
    package func plus(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    /// The difference, clamped to the range of the type.
    package func minus(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}
