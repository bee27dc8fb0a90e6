internal import CCrypto
import Glibc
package import LibraryKit

/// OpenSSL's libcrypto, opened on first use and kept open.
package enum CryptoLibrary {
    private static let library = SharedLibrary<CryptoFunctions>(
        ["libcrypto.so.3"], package: { _ in "libssl3" }, nameAt: { crypto_function_name($0) })

    /// The library's version, `"OpenSSL 3.0.17 1 Jul 2025"`.
    /// - Throws: ``LibraryKit/SharedLibraryError`` when it cannot be opened.
    package static func version() throws(SharedLibraryError) -> String {
        let text = try library.functions().OpenSSL_version(OPENSSL_VERSION)
        return text.map { String(cString: $0) } ?? ""
    }

    /// The library's functions.
    ///
    /// Exits the program if the library is missing, because nothing can be signed or verified without it. Commands with
    /// side effects call ``version()`` first.
    static var functions: CryptoFunctions {
        do {
            return try library.functions()
        } catch {
            let line = Array("qrpay: error: \(error)\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
            _exit(missingResourceStatus)
        }
    }

    /// The exit status for a missing system resource.
    private static let missingResourceStatus: Int32 = 6
}
