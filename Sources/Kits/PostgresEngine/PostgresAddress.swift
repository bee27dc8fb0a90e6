internal import CPQ
import Glibc
package import LibraryKit

/// Where a server is and how to connect to it, as a URL: `postgres://user@host:5432/database?sslmode=require`. It takes
/// every libpq parameter (chapter 34.1.2) except a password, and several hosts: `host1:5432,host2:5433`.
package struct PostgresAddress: Hashable, Sendable {
    /// One server to try.
    struct Host: Hashable, Sendable {
        /// A name, an address or a socket directory; nil for libpq's default.
        var name: String?
        /// An address to use instead of looking up the name.
        var address: String?
        var port: String?
    }

    /// libpq's parameters, except those of a host.
    private(set) var words: [String: String]
    /// In the order in which they are tried; at least one.
    private(set) var hosts: [Host]
    /// Whether to refuse a server that takes no writes.
    let needsWrites: Bool

    /// Whether `text` starts like such a URL.
    package static func isAddress(_ text: String) -> Bool {
        text.hasPrefix("postgres://") || text.hasPrefix("postgresql://")
    }

    /// - Parameter environment: libpq's variables; only those that name hosts are read here.
    package init(
        _ url: String, environment: (String) -> String? = { name in getenv(name).map { String(cString: $0) } }
    ) throws(PostgresAddressError) {
        guard Self.isAddress(url) else { throw .malformed("it does not begin with postgres://") }
        guard !url.utf8.contains(0) else { throw .malformed("it contains a NUL character") }
        var words = try Self.parse(url)
        guard Self.secrets.allSatisfy({ words[$0] == nil }) else { throw .password }
        // An unescaped slash in a password puts the rest of it here, where libpq reads the database name.
        let path = url.drop { $0 != ":" }.dropFirst(3).prefix { $0 != "?" }.drop { $0 != "/" }
        guard !path.contains("@") else { throw .malformed("its path contains '@', which must be written as %40") }

        let attributes = words.removeValue(forKey: "target_session_attrs") ?? "read-write"
        guard ["any", "primary", "read-write"].contains(attributes) else {
            throw .malformed("target_session_attrs must be read-write, primary or any")
        }
        needsWrites = attributes != "any"
        if words["service"] == nil, environment("PGSERVICE") == nil {
            let isNamed = words["host"] != nil || words["hostaddr"] != nil
            for (word, variable) in [("host", "PGHOST"), ("hostaddr", "PGHOSTADDR"), ("port", "PGPORT")]
            where words[word] == nil && (word == "port" || !isNamed) {
                words[word] = environment(variable).flatMap { $0.isEmpty ? nil : $0 }
            }
        }
        hosts = try Self.hosts(
            words.removeValue(forKey: "host"), words.removeValue(forKey: "hostaddr"),
            words.removeValue(forKey: "port"))
        self.words = words
    }

    private static let secrets = ["password", "sslpassword", "scram_client_key", "scram_server_key"]

    private static func parse(_ url: String) throws(PostgresAddressError) -> [String: String] {
        let pq: PQFunctions
        do { pq = try PostgresLibrary.functions() } catch { throw .library(error) }
        var message: UnsafeMutablePointer<CChar>?
        guard let options = pq.PQconninfoParse(url, &message) else {
            // libpq quotes its input, which may contain a password.
            let reason = PostgresLibrary.text(message).prefix { $0 != "\"" && $0 != "(" }
            pq.PQfreemem(message)
            throw .malformed(reason.trimming { $0 == ":" || $0.isWhitespace })
        }
        defer { pq.PQconninfoFree(options) }
        var words: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val, value.pointee != 0 {
                words[String(cString: keyword)] = String(cString: value)
            }
            option += 1
        }
        return words
    }

    private static func hosts(
        _ names: String?, _ addresses: String?, _ ports: String?
    ) throws(PostgresAddressError) -> [Host] {
        func list(_ text: String?) -> [String?] {
            guard let text else { return [] }
            return text.split(separator: ",", omittingEmptySubsequences: false).map { $0.isEmpty ? nil : String($0) }
        }
        let (names, addresses, ports) = (list(names), list(addresses), list(ports))
        for port in ports.compactMap(\.self) where UInt16(port) ?? 0 == 0 {
            throw .malformed("a port must be a number from 1 to 65535")
        }
        for name in names.compactMap(\.self) where !name.hasPrefix("/") && !name.hasPrefix("@") {
            guard name.utf8.allSatisfy({ $0 > 0x20 && !"\"'()<>@/\\?#".utf8.contains($0) }) else {
                throw .malformed("the name of a host contains a character that such names do not have")
            }
        }
        let count = max(names.count, addresses.count, 1)
        guard [0, count].contains(names.count), [0, count].contains(addresses.count),
            [0, 1, count].contains(ports.count)
        else { throw .malformed("the numbers of hosts, addresses and ports differ") }
        return (0..<count).map { index in
            Host(
                name: names.isEmpty ? nil : names[index], address: addresses.isEmpty ? nil : addresses[index],
                port: ports.isEmpty ? nil : ports[ports.count == 1 ? 0 : index])
        }
    }

    /// The address for messages: user, hosts, ports and database, without other parameters.
    package var redacted: String {
        let isSocket = hosts.contains { $0.name?.hasPrefix("/") == true }
        var text = "postgres://"
        if let user = words["user"] { text += Self.escaped(user) + "@" }
        if !isSocket {
            text += hosts.map { host in
                let name = host.name ?? host.address ?? ""
                let bracketed = name.contains(":") ? "[\(name)]" : Self.escaped(name)
                return bracketed + (host.port.map { ":\($0)" } ?? "")
            }.joined(separator: ",")
        }
        if let database = words["dbname"] { text += "/" + Self.escaped(database) }
        if isSocket {
            text += words["dbname"] == nil ? "/" : ""
            text += "?host=" + hosts.map { Self.escaped($0.name ?? "", keeping: "/@") }.joined(separator: ",")
            let ports = hosts.compactMap(\.port)
            if !ports.isEmpty { text += "&port=" + ports.joined(separator: ",") }
        }
        return text
    }

    private static func escaped(_ text: String, keeping kept: String = "") -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8.reduce(into: "") { result, byte in
            let character = Character(Unicode.Scalar(byte))
            let isPlain = byte < 0x80 && (character.isLetter || character.isNumber || "-._~".contains(character))
            if isPlain || (byte < 0x80 && kept.contains(character)) {
                result.append(character)
            } else {
                result += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
    }
}

/// Why a text is not a server address. It quotes nothing from the text, which may contain a password.
package enum PostgresAddressError: Error, Hashable, Sendable {
    case malformed(String)
    /// The URL contains a password, which other users of the host could see in the process list.
    case password
    case library(SharedLibraryError)

    /// A sentence without a full stop.
    package var message: String {
        switch self {
        case .malformed(let reason): "the address of the store is malformed: \(reason)"
        case .password:
            "the address of the store must not contain a password; put it into a file named by store.password_file or "
                + "PGPASSFILE, or into ~/.pgpass"
        case .library(let error): error.description
        }
    }
}

extension Substring {
    fileprivate func trimming(_ isRemoved: (Character) -> Bool) -> String {
        var rest = self
        while let last = rest.last, isRemoved(last) { rest.removeLast() }
        return String(rest)
    }
}
