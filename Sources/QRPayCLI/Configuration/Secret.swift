/// A secret, in a file of its own or, weaker, in the environment. It is read when needed.
struct Secret: Sendable {
    /// Nil when no file is named.
    var file: String?
    var inEnvironment: String?

    /// The secret without surrounding white space; nil for none.
    func read(what: String) throws -> String? {
        let text = try file.map { try LocalFile.readText($0, maximumBytes: 4096, what: what) } ?? inEnvironment
        return text?.filter { !$0.isWhitespace }
    }
}
