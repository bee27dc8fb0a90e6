import Glibc

/// How to encrypt a connection when the address does not say.
///
/// To another host: TLS with a verified name, using the certificates that the system trusts. On this host: libpq's
/// default. The environment (PGSSLMODE, PGSSLROOTCERT) applies as it does in libpq.
struct PostgresTLS {
    var environment: @Sendable (String) -> String? = { name in getenv(name).map { String(cString: $0) } }
    var exists: @Sendable (String) -> Bool = { access($0, R_OK) == 0 }

    /// Where distributions keep trusted certificates. (`sslrootcert=system` needs libpq 16.)
    private static let bundles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
    ]

    /// The parameters to add to those of `address`.
    func words(for address: PostgresAddress) -> [String: String] {
        var words: [String: String] = [:]
        func isUnset(_ word: String, _ variable: String) -> Bool {
            address.words[word] == nil && environment(variable).map(\.isEmpty) ?? true
        }
        // libpq would try GSSAPI before TLS, and GSSAPI does not verify the host as verify-full does.
        if isUnset("gssencmode", "PGGSSENCMODE") { words["gssencmode"] = "disable" }
        let isLocal = address.hosts.allSatisfy { isOnThisHost($0, address) }
        if !isLocal, isUnset("sslmode", "PGSSLMODE") { words["sslmode"] = "verify-full" }
        let mode = words["sslmode"] ?? address.words["sslmode"] ?? environment("PGSSLMODE") ?? ""
        let isUsersRoot = environment("HOME").map { exists("\($0)/.postgresql/root.crt") } ?? false
        if mode.hasPrefix("verify-"), isUnset("sslrootcert", "PGSSLROOTCERT"), !isUsersRoot {
            words["sslrootcert"] = Self.bundles.first(where: exists)
        }
        return words
    }

    /// Whether a connection to `host` stays on this host; false when unknown.
    private func isOnThisHost(_ host: PostgresAddress.Host, _ address: PostgresAddress) -> Bool {
        guard let name = host.address ?? host.name else {
            // A socket directory, unless a service file overrides it.
            return address.words["service"] == nil && environment("PGSERVICE") == nil
        }
        return name.hasPrefix("/") || name.hasPrefix("@") || name == "localhost" || name == "::1"
            || Self.isLoopback(name)
    }

    /// 127.0.0.0/8 in numeric form; not a name such as 127.example.org.
    private static func isLoopback(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
