/// Limits the server enforces.
package struct HTTPServerLimits: Sendable {
    /// A longer body is answered with 413.
    package var maximumBodyBytes: Int
    /// A longer request line is answered with 414, a longer head with 431.
    package var maximumHeaderBytes: Int
    /// More query parameters are answered with 400.
    package var maximumQueryItems: Int
    /// Maximum number of open connections. A new one evicts the connection that has been idle longest; if none is idle,
    /// it is served from ``reservedConnections``.
    package var maximumConnections: Int
    /// Maximum number of open connections from one IPv4 address or IPv6 /64 network; enforced like
    /// ``maximumConnections``.
    package var maximumConnectionsPerAddress: Int
    /// Connections beyond those limits, each for one request: monitoring is served, the rest gets 503.
    package var reservedConnections: Int
    /// Memory for the bodies of all requests, from their first byte to their response; beyond it, requests get 503.
    package var maximumBufferedBytes: Int
    /// A connection is closed if its next request does not begin within this time.
    package var idleTimeoutSeconds: Double
    /// The connection is closed if a head is not complete this long after its first byte, or after connecting.
    package var headTimeoutSeconds: Double
    /// The same for a body, counted from the end of the head.
    package var bodyTimeoutSeconds: Double
    /// The same for a response that the client does not read.
    package var answerTimeoutSeconds: Double
    /// Number of I/O threads.
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
