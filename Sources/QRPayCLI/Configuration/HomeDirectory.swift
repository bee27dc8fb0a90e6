import FoundationEssentials

/// The user's directories, by the XDG base directory specification.
enum HomeDirectory {
    /// An XDG base directory; a relative one in the environment is ignored, as the specification requires. Nil when
    /// there is no home either.
    static func path(_ variable: String, or fallback: String, _ environment: [String: String]) -> String? {
        if let path = environment[variable], path.hasPrefix("/") { return path }
        guard flaw(environment) == nil, let home = environment["HOME"] else { return nil }
        return "\(home)/\(fallback)"
    }

    /// Why there is no home; nil if there is one.
    static func flaw(_ environment: [String: String]) -> String? {
        guard let home = environment["HOME"] else { return "HOME is not set" }
        if home.isEmpty { return "HOME is empty" }
        return home.hasPrefix("/") ? nil : "HOME is not an absolute path"
    }

    /// Where temporary files go: `$TMPDIR`, else `/tmp`.
    static func temporary(_ environment: [String: String]) -> String {
        guard let path = environment["TMPDIR"], path.hasPrefix("/") else { return "/tmp" }
        return path
    }

    static func path(_ name: String, beside path: String) -> String {
        URL(filePath: path).deletingLastPathComponent().appending(path: name).path
    }
}
