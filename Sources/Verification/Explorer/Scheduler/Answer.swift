import WorldKit

/// The result of an effect, as the code receives it.
struct Answer: Sendable {
    let result: Result<any Sendable, any Error>
    /// The time from then until the next answer.
    let clock: Instant
    /// Answers with the same fingerprint are indistinguishable to the code.
    let fingerprint: Int

    init(_ result: Result<any Sendable, any Error>, clock: Instant) {
        self.result = result
        self.clock = clock
        var hasher = Hasher()
        hasher.combine(clock)
        switch result {
        case .success(let value): hasher.combine(anyOf: value)
        case .failure(let error):
            hasher.combine(0)
            hasher.combine(anyOf: error)
        }
        fingerprint = hasher.finalize()
    }
}

extension Hasher {
    /// Any value by its content: hashable ones by their own hash, tuples and structures part by part.
    fileprivate mutating func combine(anyOf value: Any) {
        if let value = value as? any Hashable { return combine(value) }
        let mirror = Mirror(reflecting: value)
        guard !mirror.children.isEmpty else { return combine("\(value)") }
        combine(mirror.children.count)
        for child in mirror.children { combine(anyOf: child.value) }
    }
}
