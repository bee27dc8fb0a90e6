/// A secret, in a file of its own or, weaker, in the environment. It is read when needed.
struct Secret: Sendable {
    /// Nil when no file is named.
    let file: String?
    let inEnvironment: String?

    /// - Parameters:
    ///   - name: the secret's name among the settings, which never show its value.
    ///   - file: where it is, as configured.
    init(_ name: String, file: String?, variable: String, _ sources: inout SettingSources) {
        self.file = file
        inEnvironment = sources.variable(variable)
        let source: Setting.Source? =
            file.map { .file($0, profile: nil) } ?? inEnvironment.map { _ in .environment(variable) }
        sources.record(name, source.map { _ in "(secret)" }, source ?? .standard())
    }

    /// The secret without surrounding white space; nil for none.
    func read(what: String) throws -> String? {
        let text = try file.map { try LocalFile.readText($0, maximumBytes: 4096, what: what) } ?? inEnvironment
        return text?.filter { !$0.isWhitespace }
    }
}
