/// Limits the server enforces.
package struct HTTPServerLimits: Sendable {
    /// A longer body is answered with 413.
    package var maximumBodyBytes: Int
    /// A longer request line is answered with 414, a longer head with 431.
    package var maximumHeaderBytes: Int
    /// More query parameters are answered with 400.
    package var maximumQueryItems: Int
    /// Open connections at once. One more costs the connection that has waited longest for a request its place; when
    /// all of them are at work, the new one is served from ``reservedConnections``.
    package var maximumConnections: Int
    /// Open connections at once from one IPv4 address or one IPv6 network of 64 bits; treated like
    /// ``maximumConnections``.
    package var maximumConnectionsPerAddress: Int
    /// Connections beyond those bounds, each for one request: monitoring is answered, the rest gets 503.
    package var reservedConnections: Int
    /// Bodies of all requests together, from their first byte to their answer; one more is answered with 503.
    package var maximumBufferedBytes: Int
    /// A connection is closed when its next request does not begin within this.
    package var idleTimeoutSeconds: Double
    /// A head that is not there this long after its first byte, or after the connection was made, costs its sender the
    /// connection.
    package var headTimeoutSeconds: Double
    /// The same for a body, counted from the end of the head.
    package var bodyTimeoutSeconds: Double
    /// The same for an answer that the client does not read.
    package var answerTimeoutSeconds: Double
    /// Threads that read and write.
    package var threads: Int

    package init(
        maximumBodyBytes: Int = 1 << 20, maximumHeaderBytes: Int = 16 << 10, maximumQueryItems: Int = 64,
        maximumConnections: Int = 1024, maximumConnectionsPerAddress: Int = 768, reservedConnections: Int = 16,
        maximumBufferedBytes: Int = 64 << 20, idleTimeoutSeconds: Double = 30, headTimeoutSeconds: Double = 10,
        bodyTimeoutSeconds: Double = 30, answerTimeoutSeconds: Double = 60, threads: Int = 2
    ) {
        self.maximumBodyBytes = maximumBodyBytes
        self.maximumHeaderBytes = maximumHeaderBytes
        self.maximumQueryItems = maximumQueryItems
        self.maximumConnections = maximumConnections
        self.maximumConnectionsPerAddress = maximumConnectionsPerAddress
        self.reservedConnections = reservedConnections
        self.maximumBufferedBytes = maximumBufferedBytes
        self.idleTimeoutSeconds = idleTimeoutSeconds
        self.headTimeoutSeconds = headTimeoutSeconds
        self.bodyTimeoutSeconds = bodyTimeoutSeconds
        self.answerTimeoutSeconds = answerTimeoutSeconds
        self.threads = threads
    }
}
