import Glibc

/// A C library that is opened when it is first needed, so that start-up does not pay for it.
struct SharedLibrary {
    /// The name the dynamic linker knows, with its ABI version: `libcurl.so.4`.
    var name: String
    /// A symbol only a new enough release has.
    var newestSymbol: String
    /// The package that brings the library, for the message.
    var package: String

    /// Opens the library for the rest of the process's life; again and again is fine.
    func open() throws(SharedLibraryError) {
        guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
            let reason = dlerror().map { String(cString: $0) } ?? "unknown reason"
            throw SharedLibraryError(
                message: "\(name) cannot be loaded: \(reason); install the package \(package)", package: package)
        }
        guard dlsym(handle, newestSymbol) != nil else {
            throw SharedLibraryError(
                message: "\(name) is too old: it has no \(newestSymbol); install a newer package \(package)",
                package: package)
        }
    }
}

/// A shared library is missing or too old.
package struct SharedLibraryError: Error, Hashable {
    /// What is missing, why, and which package brings it.
    package var message: String
    /// The Debian package that brings it.
    package var package: String
}
