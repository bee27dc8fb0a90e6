/// How a ``CurlTransport`` behaves towards every server.
package struct CurlOptions: Sendable {
    /// Sent as `User-Agent` unless the request has its own.
    package var userAgent: String
    /// Open connections at once, to all servers; further requests wait their turn within their own timeout.
    package var maximumConnections: Int
    /// Open connections at once to one scheme, host and port: a server that hangs cannot starve the others.
    package var maximumConnectionsPerHost: Int
    /// A connection that is not there after this, or after the request's timeout if that is shorter, is given up.
    package var connectTimeoutSeconds: Double
    /// An answer with more bytes of status line and header fields is refused.
    package var maximumHeaderBytes: Int
    /// A PEM file of certificate authorities to trust instead of the system's.
    package var certificateAuthoritiesFile: String?

    package init(
        userAgent: String = "qrpay", maximumConnections: Int = 256, maximumConnectionsPerHost: Int = 64,
        connectTimeoutSeconds: Double = 5, maximumHeaderBytes: Int = 64 << 10,
        certificateAuthoritiesFile: String? = nil
    ) {
        self.userAgent = userAgent
        self.maximumConnections = max(1, maximumConnections)
        self.maximumConnectionsPerHost = max(1, maximumConnectionsPerHost)
        self.connectTimeoutSeconds = connectTimeoutSeconds
        self.maximumHeaderBytes = maximumHeaderBytes
        self.certificateAuthoritiesFile = certificateAuthoritiesFile
    }
}
