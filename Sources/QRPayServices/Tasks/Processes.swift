/// Who this worker is, and whether another one still lives.
package struct Processes: Sendable {
    /// The name under which this process leases tasks, unique on all machines and over restarts.
    package var own: String
    /// Whether the worker of that name may still be at work; true when it cannot be known.
    package var isAlive: @Sendable (_ name: String) -> Bool

    package init(own: String, isAlive: @escaping @Sendable (String) -> Bool) {
        self.own = own
        self.isAlive = isAlive
    }
}
