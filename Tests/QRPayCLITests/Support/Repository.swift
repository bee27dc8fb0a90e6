/// The source tree of these tests.
enum Repository {
    static let root: String = {
        let folders = #filePath.split(separator: "/").dropLast(4)
        return "/" + folders.joined(separator: "/")
    }()

    static func file(_ path: String) -> String { "\(root)/\(path)" }
}
