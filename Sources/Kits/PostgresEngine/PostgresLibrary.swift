internal import CPQ
import LibraryKit

/// libpq, loaded on first use.
enum PostgresLibrary {
    private static let library = SharedLibrary<PQFunctions>(
        [CPQ_LIBRARY], package: { _ in "libpq5" }, nameAt: { cpq_function_name($0) })

    static func functions() throws(SharedLibraryError) -> PQFunctions { try library.functions() }

    /// Such as 150018.
    static func version() throws(SharedLibraryError) -> Int { Int(try functions().PQlibVersion()) }

    /// Text from libpq, without its trailing line feed.
    static func text(_ pointer: UnsafePointer<CChar>?) -> String {
        guard let pointer else { return "" }
        var text = String(cString: pointer)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    static func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String { text(UnsafePointer(pointer)) }
}
