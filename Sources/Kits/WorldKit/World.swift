/// Everything a use case may not invent: the time, waiting, randomness and new names.
///
/// One live value runs the program; tests and the explorer pass their own. Nothing else reads the clock or makes
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
