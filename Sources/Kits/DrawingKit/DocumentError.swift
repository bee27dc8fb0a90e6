package import LibraryKit

/// Why a document or code could not be made.
package enum DocumentError: Error, Hashable, Sendable {
    /// A shared library cannot be opened, or lacks a function.
    case libraryMissing(SharedLibraryError)
    /// No font of this family is installed; the Debian package that has it, where known.
    case fontMissing(family: String, debianPackage: String?)
    /// Too long for a QR code of the asked error correction, empty, or with a NUL.
    case notEncodable(bytes: Int)
    /// More pixels than the drawing library can address, or than memory is spent on; `fittingDPI` pixels an inch (72
    /// points) would fit.
    case imageTooLarge(width: Int, height: Int, fittingDPI: Int)
    /// More points than a reader of PDF takes, and not to be divided into pages, or into too many.
    case pageTooLarge(width: Double, height: Double)
    /// The drawing library refused: its own words.
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
