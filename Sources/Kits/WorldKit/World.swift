/// The nondeterministic inputs of a use case: time, sleep, randomness and new ids.
///
/// The program uses one live value; tests and the explorer pass their own. Nothing else reads the clock or generates
/// randomness.
package struct World: Sendable {
    package var now: @Sendable () -> Instant
    /// Waits for a number of seconds; throws `CancellationError` when the task is canceled.
    package var sleep: @Sendable (_ seconds: Double) async throws -> Void
    package var randomBytes: @Sendable (_ count: Int) -> [UInt8]
    /// A new identifier of 32 lower-case hexadecimal digits, unique without coordination.
    package var newID: @Sendable () -> String

    package init(
        now: @escaping @Sendable () -> Instant,
        sleep: @escaping @Sendable (Double) async throws -> Void,
        randomBytes: @escaping @Sendable (Int) -> [UInt8],
        newID: @escaping @Sendable () -> String
    ) {
        self.now = now
        self.sleep = sleep
        self.randomBytes = randomBytes
        self.newID = newID
    }
}
