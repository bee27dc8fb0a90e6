import Glibc

/// How a connection is protected, where the address does not say so.
///
/// To another host it is TLS with a verified name, by the certificates that the system trusts; on this host, libpq's
/// default. What the environment says (PGSSLMODE, PGSSLROOTCERT) is heeded as libpq does.
struct PostgresTLS {
    var environment: @Sendable (String) -> String? = { name in getenv(name).map { String(cString: $0) } }
    var exists: @Sendable (String) -> Bool = { access($0, R_OK) == 0 }

    /// Where distributions keep the certificates that they trust. (`sslrootcert=system` needs libpq 16.)
    private static let bundles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
    ]

    /// The parameters to add to those of `address`.
    func words(for address: PostgresAddress) -> [String: String] {
        var words: [String: String] = [:]
        func isUnset(_ word: String, _ variable: String) -> Bool {
            address.words[word] == nil && environment(variable).map(\.isEmpty) ?? true
        }
        // GSSAPI would come before TLS, and does not verify what verify-full does.
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

    /// Whether a connection to `host` does not leave this host; false where that is not known.
    private func isOnThisHost(_ host: PostgresAddress.Host, _ address: PostgresAddress) -> Bool {
        guard let name = host.address ?? host.name else {
            // A folder of sockets, unless a service file says something else.
            return address.words["service"] == nil && environment("PGSERVICE") == nil
        }
        return name.hasPrefix("/") || name.hasPrefix("@") || name == "localhost" || name == "::1"
            || Self.isLoopback(name)
    }

    /// 127.0.0.0/8, written in full; not a name such as 127.example.org.
    private static func isLoopback(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
