/// A secret: in a file that holds it and nothing else, or, weaker, in the environment. It is read when it is needed.
struct Secret: Sendable {
    /// Nil when no file is named.
    let file: String?
    let inEnvironment: String?

    /// - Parameters:
    ///   - name: what the secret is called among the settings, which never show it.
    ///   - file: where it is, as configured.
    init(_ name: String, file: String?, variable: String, _ sources: inout SettingSources) {
        self.file = file
        inEnvironment = sources.variable(variable)
        let source: Setting.Source? =
            file.map { .file($0, profile: nil) } ?? inEnvironment.map { _ in .environment(variable) }
        sources.record(name, source.map { _ in "(secret)" }, source ?? .standard())
    }

    /// Without white space; nil where there is none.
    func read(what: String) throws -> String? {
        guard let file else { return inEnvironment }
        let text = try LocalFile.read(file, maximumBytes: 4096, what: what)
        return String(decoding: text, as: UTF8.self).filter { !$0.isWhitespace }
    }
}
