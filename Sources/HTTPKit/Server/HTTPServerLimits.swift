/// What a server bears before it refuses.
package struct HTTPServerLimits: Sendable {
    /// A longer body is answered with 413.
    package var maximumBodyBytes: Int
    /// More bytes of request line and header fields are answered with 431.
    package var maximumHeaderBytes: Int
    /// More query parameters are answered with 400.
    package var maximumQueryItems: Int
    /// Open connections at once; further ones wait in the system's backlog.
    package var maximumConnections: Int
    /// Open connections at once from one IP address; further ones are closed.
    package var maximumConnectionsPerAddress: Int
    /// A connection on which nothing moves for this long is closed; a handler at work does not count.
    package var idleTimeoutSeconds: Int
    /// A body that takes longer to arrive costs its sender the connection.
    package var bodyTimeoutSeconds: Int
    /// Threads that read and write.
    package var threads: Int

    package init(
        maximumBodyBytes: Int = 1 << 20, maximumHeaderBytes: Int = 16 << 10, maximumQueryItems: Int = 64,
        maximumConnections: Int = 1024, maximumConnectionsPerAddress: Int = 512, idleTimeoutSeconds: Int = 30,
        bodyTimeoutSeconds: Int = 60, threads: Int = 2
    ) {
        self.maximumBodyBytes = maximumBodyBytes
        self.maximumHeaderBytes = maximumHeaderBytes
        self.maximumQueryItems = maximumQueryItems
        self.maximumConnections = maximumConnections
        self.maximumConnectionsPerAddress = maximumConnectionsPerAddress
        self.idleTimeoutSeconds = idleTimeoutSeconds
        self.bodyTimeoutSeconds = bodyTimeoutSeconds
        self.threads = threads
    }
}
