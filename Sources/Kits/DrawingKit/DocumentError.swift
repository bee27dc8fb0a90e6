package import LibraryKit

/// Why a document or code could not be created.
package enum DocumentError: Error, Hashable, Sendable {
    /// A shared library cannot be opened, or lacks a function.
    case libraryMissing(SharedLibraryError)
    /// No font of this family is installed; the Debian package that contains it, if known.
    case fontMissing(family: String, debianPackage: String?)
    /// Too long for a QR code with the requested error correction, empty, or contains NUL.
    case notEncodable(bytes: Int)
    /// More pixels than the drawing library can address or the memory limit allows; `fittingDPI` pixels per inch (72
    /// points) would fit.
    case imageTooLarge(width: Int, height: Int, fittingDPI: Int)
    /// Taller than PDF readers support and not divisible into a reasonable number of pages.
    case pageTooLarge(width: Double, height: Double)
    /// The drawing library failed, with its message.
    case drawingFailed(String)
}

extension DocumentError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .libraryMissing(let error): error.description
        case .fontMissing(let family, let package?): "the font \(family) is missing (Debian package \(package))"
        case .fontMissing(let family, nil): "the font \(family) is missing"
        case .notEncodable(let bytes): "\(bytes) bytes do not fit into a QR code"
        case .imageTooLarge(let width, let height, _): "an image cannot have \(width) × \(height) pixels"
        case .pageTooLarge(let width, let height): "a page cannot have \(width) × \(height) points"
        case .drawingFailed(let reason): "drawing failed: \(reason)"
        }
    }
}
