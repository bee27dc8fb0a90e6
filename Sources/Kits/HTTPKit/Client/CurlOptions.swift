/// Options of a ``CurlTransport`` that apply to all servers.
package struct CurlOptions: Sendable {
    /// Sent as `User-Agent` unless the request has its own.
    package var userAgent: String
    /// Maximum number of open connections to all servers; further requests wait within their own timeout.
    package var maximumConnections: Int
    /// Maximum number of open connections to one origin, so that an unresponsive server cannot starve the others.
    package var maximumConnectionsPerHost: Int
    /// Limit for establishing a connection; the request's timeout applies if it is shorter.
    package var connectTimeoutSeconds: Double
    /// Maximum size of a response's status line and header fields.
    package var maximumHeaderBytes: Int
    /// A PEM file of trusted certificate authorities that replaces the system's.
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
