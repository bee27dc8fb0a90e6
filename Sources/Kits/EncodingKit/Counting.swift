extension Int {
    /// So many of a thing, for people: `1 receipt`, `3 receipts`, `2 histories`.
    /// - Parameter many: the plural, where it is not `one` with an s.
    package func counted(_ one: String, _ many: String? = nil) -> String {
        "\(self) \(self == 1 ? one : many ?? one + "s")"
    }
}
