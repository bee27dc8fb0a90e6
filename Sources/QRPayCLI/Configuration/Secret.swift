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

    /// The secret as it is, without the line end that editors add; nil for none.
    func readPassword(what: String) throws -> String? {
        guard let file else { return inEnvironment }
        return Self.withoutLineEnd(try LocalFile.readText(file, maximumBytes: 4096, what: what))
    }

    static func withoutLineEnd(_ text: String) -> String {
        text.last?.isNewline == true ? String(text.dropLast()) : text
    }
}
