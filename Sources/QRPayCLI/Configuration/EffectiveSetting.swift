/// An effective setting: its name, value and source.
struct EffectiveSetting: Hashable, Sendable {
    enum Source: Hashable, Sendable {
        /// A command-line option as spelled.
        case flag(String)
        /// A variable's name.
        case environment(String)
        /// A file, and the profile in it.
        case file(String, profile: String?)
        /// Not set; `following` is the setting that it was derived from.
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
    /// The value to display, never a secret; nil when not set.
    var value: String?
    var source: Source
}

extension EffectiveSetting {
    /// A URL with user name, password and query redacted. Other texts are unchanged.
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
