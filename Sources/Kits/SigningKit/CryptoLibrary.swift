internal import CCrypto
import Glibc
package import LibraryKit

/// OpenSSL's libcrypto, opened at the first digest and kept open.
package enum CryptoLibrary {
    private static let library = SharedLibrary<CryptoFunctions>(
        ["libcrypto.so.3"], package: { _ in "libssl3" }, nameAt: { crypto_function_name($0) })

    /// What the library calls itself, `"OpenSSL 3.0.17 1 Jul 2025"`.
    /// - Throws: ``LibraryKit/SharedLibraryError`` when it cannot be opened.
    package static func version() throws(SharedLibraryError) -> String {
        let text = try library.functions().OpenSSL_version(OPENSSL_VERSION)
        return text.map { String(cString: $0) } ?? ""
    }

    /// The library's functions.
    ///
    /// Without the library no signature can be made or checked, and a digest has no value to stand in for an error, so
    /// this ends the program. A command that has something to lose calls ``version()`` before it begins.
    static var functions: CryptoFunctions {
        do {
            return try library.functions()
        } catch {
            let line = Array("qrpay: error: \(error)\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
            _exit(statusWithout)
        }
    }

    /// The exit status of a program that the system does not give what it needs.
    private static let statusWithout: Int32 = 6
}
