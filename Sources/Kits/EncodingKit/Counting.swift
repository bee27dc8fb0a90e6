extension Int {
    /// A count with its noun: `1 receipt`, `3 receipts`, `2 histories`.
    /// - Parameter many: the plural, if it is not `one` with an s.
    package func counted(_ one: String, _ many: String? = nil) -> String {
        "\(self) \(self == 1 ? one : many ?? one + "s")"
    }
}
