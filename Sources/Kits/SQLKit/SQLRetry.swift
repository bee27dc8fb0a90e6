/// Runs a write again after a conflict.
package struct SQLRetry: Sendable {
    /// How often a body runs at most.
    package static let attempts = 3

    /// Runs `write` until it succeeds, fails otherwise than by ``SQLError/Code/conflict``, or has failed
    /// ``attempts`` times. It changes nothing when it conflicts, so running it again is safe.
    package static func run<Value: Sendable>(_ write: @Sendable () async throws -> Value) async throws -> Value {
        for _ in 1..<attempts {
            do { return try await write() } catch let error as SQLError where error.code == .conflict {}
        }
        return try await write()
    }
}
