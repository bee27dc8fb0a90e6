import Payments
import PostgresEngine

/// Where a store is: in a file, or in a database of a PostgreSQL server.
enum StorePlace: Sendable {
    /// A path.
    case file(String)
    /// A URL without a password.
    case server(String)

    /// The form of a URL, for descriptions.
    static let form = "postgres://USER@HOST/DATABASE"

    /// - Parameter text: a setting that has passed ``check(_:)``.
    init(_ text: String) { self = Self.isURL(text) ? .server(text) : .file(text) }

    /// The place in its original form.
    var text: String {
        switch self {
        case .file(let text), .server(let text): text
        }
    }

    static func isURL(_ text: String) -> Bool { PostgresAddress.isAddress(text) }

    /// The place for messages and output.
    var shown: String {
        switch self {
        case .file(let path): path
        case .server(let url): (try? PostgresAddress(url))?.redacted ?? EffectiveSetting.redacted(url: url)
        }
    }

    /// Rejects text that cannot name a store. It opens nothing.
    ///
    /// A password is detected without libpq, so that it is rejected on every host. No error quotes the text.
    static func check(_ text: String) throws(SettingSpec.Flaw) {
        guard !holdsPassword(text) else { throw password }
        let lower = text.lowercased()
        guard isURL(text) else {
            if lower.hasPrefix("postgres:") || lower.hasPrefix("postgresql:") {
                throw SettingSpec.Flaw(reason: "must be a file or \(form)")
            }
            return
        }
        do throws(PostgresAddressError) { _ = try PostgresAddress(text) } catch {
            switch error {
            case .password: throw password
            case .malformed: throw SettingSpec.Flaw(reason: "\(error.message), such as \(form)")
            // Reported when the store is opened.
            case .library: break
            }
        }
    }

    private static let password = SettingSpec.Flaw(
        reason: "the store's URL must not contain a password: other users of this machine can read it",
        code: "store_password_in_url",
        hint: "put it into a file that only you can read, named by store.password_file, PGPASSFILE or ~/.pgpass")

    /// Whether a URL contains a password between user and host or among its parameters, or a connection string such as
    /// `host=… password=…` does.
    private static func holdsPassword(_ text: String) -> Bool {
        let words = ["password", "sslpassword", "scram_client_key", "scram_server_key"]
        guard let slashes = text.firstRange(of: "://") else {
            // A path may have any name.
            let isFile = text.contains("/") && !text.lowercased().hasPrefix("postgres")
            return !isFile && words.contains { text.lowercased().contains("\($0)=") }
        }
        guard ["postgres", "postgresql"].contains(text[..<slashes.lowerBound].lowercased()) else { return false }
        let rest = text[slashes.upperBound...]
        let end = rest.firstIndex(of: "?") ?? rest.endIndex
        if let at = rest[..<end].lastIndex(of: "@"), rest[..<at].lowercased().contains(/:|%3a/) { return true }
        return rest[end...].dropFirst().split(separator: "&").contains { parameter in
            let name = parameter.prefix { $0 != "=" }
            return words.contains(name.lowercased()) || name.contains("%")
        }
    }
}

/// Connection settings for a store on a server.
struct StoreServerSettings: Sendable {
    /// Nil for libpq's own sources.
    let password: Secret
    /// Nil for the role's default schema.
    let schema: String?
    let usesPooler: Bool

    init(_ sources: SettingSources) {
        password = Secret(file: sources[SettingTable.storePasswordFile])
        schema = sources[SettingTable.storeSchema]
        usesPooler = sources[SettingTable.storePooler]
    }

    /// How to reach the database at a URL.
    /// - Throws: ``Problem`` `library_missing`, `usage`, or the reason why the password file cannot be read.
    func options(url: String) throws -> PostgresOptions {
        let address: PostgresAddress
        do throws(PostgresAddressError) { address = try PostgresAddress(url) } catch {
            switch error {
            case .library(let missing): throw Problem([missing])
            case .malformed, .password: throw Problem(.invalid, "usage", error.message)
            }
        }
        var options = PostgresOptions(address: address)
        options.password = try password.readPassword(what: "the store's password")
        options.schema = schema
        options.usesPooler = usesPooler
        return options
    }
}

extension Problem {
    /// Many hosts use a store on a server, and if each created its own key, the keys would differ.
    static func keyFileNotNamed(_ name: KeyFingerprints.Name) -> Problem {
        let setting =
            switch name {
            case .deeplinks: SettingTable.deeplinkKeysFile
            case .gateway: SettingTable.gatewayKeyFile
            case .ordering: SettingTable.orderingSecretFile
            }
        return Problem(
            .store, "key_file_not_named",
            "the store is on a server, so the file with \(name.words) must be named: every host needs the same one",
            hint: "set \(setting.key) or \(setting.spec.environment ?? "") to a copy of the same file on every host")
    }

    static func keyFileMissing(_ path: String, _ name: KeyFingerprints.Name) -> Problem {
        Problem(
            .store, "key_file_missing",
            "\(path): the file with \(name.words) is missing, and the store is already used with some",
            hint: "copy the file from another host that uses the store")
    }

    static func keysDiffer(_ place: String, _ name: KeyFingerprints.Name) -> Problem {
        Problem(
            .store, "store_keys_differ", "\(place): \(name.words) of this host are not those of the store",
            hint: "copy the file from another host that uses the store; 'qrpay store migrate --accept-keys' makes this "
                + "host's the store's")
    }
}
