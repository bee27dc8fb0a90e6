import CCrypto

/// OpenSSL's libcrypto, opened at the first digest and kept open.
package enum CryptoLibrary {
    private static let opened: Result<crypto_library, CryptoLibraryError> = {
        let library = crypto_library_open()
        guard let failure = library.failure else { return .success(library) }
        return .failure(CryptoLibraryError(reason: String(cString: failure)))
    }()

    /// What the library calls itself, `"OpenSSL 3.0.17 1 Jul 2025"`.
    /// - Throws: ``CryptoLibraryError`` when it cannot be opened.
    package static func version() throws(CryptoLibraryError) -> String {
        let text = try opened.get().OpenSSL_version(OPENSSL_VERSION)
        return text.map { String(cString: $0) } ?? ""
    }

    /// The library's functions.
    ///
    /// Without the library no signature can be made or checked, and a digest has no value to stand in for an error, so
    /// this ends the program; ``version()`` asks first.
    static var functions: crypto_library {
        switch opened {
        case .success(let library): library
        case .failure(let error): fatalError(error.description)
        }
    }
}

/// libcrypto is missing or too old.
package struct CryptoLibraryError: Error, Hashable, CustomStringConvertible {
    /// The dynamic loader's words.
    package var reason: String

    package init(reason: String) { self.reason = reason }

    package var description: String { "cannot open OpenSSL 3 (Debian package libssl3): \(reason)" }
}
