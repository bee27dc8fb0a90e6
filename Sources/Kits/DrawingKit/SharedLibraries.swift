internal import CPangoCairo
internal import CQREncode
import LibraryKit

/// cairo, pango and fontconfig, opened on first use.
enum Drawing {
    private static let library = SharedLibrary<DrawingFunctions>(
        [
            "libfontconfig.so.1", "libcairo.so.2", "libgobject-2.0.so.0", "libpango-1.0.so.0",
            "libpangocairo-1.0.so.0",
        ], package: package, nameAt: { drawing_function_name($0) })

    /// The drawing functions under their C names.
    /// - Throws: ``DocumentError/libraryMissing(_:)``.
    static func functions() throws(DocumentError) -> DrawingFunctions { try library.open() }

    @Sendable private static func package(_ name: String) -> String {
        let packages = [
            "libfontconfig": "libfontconfig1", "libcairo": "libcairo2", "libgobject": "libglib2.0-0",
            "libpango-1": "libpango-1.0-0",
        ]
        return packages.first { name.hasPrefix($0.key) }?.value ?? "libpangocairo-1.0-0"
    }
}

/// libqrencode, opened on first use.
enum QREncode {
    private static let library = SharedLibrary<QREncodeFunctions>(
        ["libqrencode.so.4"], package: { _ in "libqrencode4" }, nameAt: { qrencode_function_name($0) })

    /// The encoding functions under their C names.
    /// - Throws: ``DocumentError/libraryMissing(_:)``.
    static func functions() throws(DocumentError) -> QREncodeFunctions { try library.open() }
}

extension SharedLibrary {
    fileprivate func open() throws(DocumentError) -> Functions {
        do throws(SharedLibraryError) { return try functions() } catch { throw .libraryMissing(error) }
    }
}
