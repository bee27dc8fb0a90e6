/// A setting in force: what it is called, its value, and where that came from.
struct Setting: Hashable, Sendable {
    enum Source: Hashable, Sendable {
        /// An option of the command line, as it is spelled.
        case flag(String)
        /// A variable's name.
        case environment(String)
        /// A file, and the profile in it.
        case file(String, profile: String?)
        /// Nobody set it; `following` is the setting that it was derived from.
        case standard(following: String? = nil)

        /// One of a closed set of words.
        var word: String {
            switch self {
            case .flag: "flag"
            case .environment: "environment"
            case .file: "file"
            case .standard: "default"
            }
        }

        /// Which flag, variable or file; nil for a plain default.
        var place: String? {
            switch self {
            case .flag(let name), .environment(let name): name
            case .file(let path, let profile?): "\(path) (profile \(profile))"
            case .file(let path, nil): path
            case .standard(let following): following
            }
        }
    }

    /// The path of names in the configuration file: `partners.eda.url`.
    var name: String
    /// The value as people may see it, never a secret; nil when it is not set.
    var value: String?
    var source: Source
}

extension Setting {
    /// A URL without what may be secret in it: a user's name and password, and the query. Other texts stay.
    static func redacted(url: String) -> String {
        guard let slashes = url.firstRange(of: "://") else { return url }
        var text = url[...]
        if let query = text.firstIndex(where: { $0 == "?" || $0 == "#" }) { text = text[..<query] + "?…" }
        let rest = text[slashes.upperBound...]
        let authority = rest.prefix { $0 != "/" }
        guard let at = authority.lastIndex(of: "@") else { return String(text) }
        return text[..<slashes.upperBound] + "…@" + rest[rest.index(after: at)...]
    }
}
