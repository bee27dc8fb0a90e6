extension ConfigFile {
    /// Refuses numbers out of range.
    /// - Parameter place: the path of these settings in the file, with a final period; empty for the root.
    func checkRanges(at place: String = "") throws(Flaw) {
        try Self.check(orderTtlSeconds, in: 1...Self.year, "\(place)order_ttl_seconds")
        try Self.check(holdTimeoutSeconds, in: 1...Self.year, "\(place)hold_timeout_seconds")
        // The maximum that S3 allows.
        try Self.check(linkTtlSeconds, in: 1...604_800, "\(place)link_ttl_seconds")
        let endpoints = [
            "eda": partners?.eda, "transactions": partners?.transactions, "cardstorage": partners?.cardstorage,
            "cashback": partners?.cashback, "check": partners?.check,
        ]
        for (name, endpoint) in endpoints {
            try Self.check(endpoint?.timeoutSeconds, in: 0.001...3600, "\(place)partners.\(name).timeout_seconds")
        }
        try Self.check(tasks?.retentionSeconds, in: 1...10 * Self.year, "\(place)tasks.retention_seconds")
        let policies = [
            "payment_settle": tasks?.paymentSettle, "cashback_accrue": tasks?.cashbackAccrue,
            "receipt_fetch": tasks?.receiptFetch, "order_expire": tasks?.orderExpire,
        ]
        for case (let name, let policy?) in policies { try policy.checkRanges(at: "\(place)tasks.\(name).") }
        for (name, profile) in profiles ?? [:] { try profile.checkRanges(at: "\(place)profiles.\(name).") }
    }

    fileprivate static let year = 31_536_000.0

    fileprivate static func check<Value: Comparable>(
        _ value: Value?, in range: ClosedRange<Value>, _ place: String
    ) throws(Flaw) {
        guard let value, !range.contains(value) else { return }
        throw Flaw(reason: "\(place): must be from \(range.lowerBound) to \(range.upperBound)")
    }
}

extension ConfigFile.Retry {
    fileprivate func checkRanges(at place: String) throws(ConfigFile.Flaw) {
        try ConfigFile.check(polls, in: 0...1_000_000, "\(place)polls")
        try ConfigFile.check(periodSeconds, in: 0.001...ConfigFile.year, "\(place)period_seconds")
        try ConfigFile.check(baseSeconds, in: 0.001...ConfigFile.year, "\(place)base_seconds")
        try ConfigFile.check(capSeconds, in: 0.001...ConfigFile.year, "\(place)cap_seconds")
        try ConfigFile.check(jitter, in: 0...1, "\(place)jitter")
        try ConfigFile.check(maxAttempts, in: 1...1_000_000, "\(place)max_attempts")
    }
}
