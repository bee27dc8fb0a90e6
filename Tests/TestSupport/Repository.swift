/// The source tree of these tests.
package enum Repository {
    package static let root: String = {
        let folders = #filePath.split(separator: "/").dropLast(3)
        return "/" + folders.joined(separator: "/")
    }()

    package static func file(_ path: String) -> String { "\(root)/\(path)" }
}
