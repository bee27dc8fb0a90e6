internal import CPangoCairo
internal import CQREncode

/// cairo, pango and fontconfig, loaded when something is first drawn.
enum Drawing {
    private static let loaded: Result<DrawingFunctions, DocumentError> = {
        withUnsafeTemporaryAllocation(of: DrawingFunctions.self, capacity: 1) { table in
            // The loader fills every field before it returns nil.
            let functions = table.baseAddress.unsafelyUnwrapped
            if let missing = drawing_functions_load(functions) {
                return .failure(Self.missing(String(cString: missing)))
            }
            return .success(functions.pointee)
        }
    }()

    /// The drawing functions under their C names.
    /// - Throws: ``DocumentError/libraryMissing(name:debianPackage:)``.
    static func functions() throws(DocumentError) -> DrawingFunctions { try loaded.get() }

    private static func missing(_ name: String) -> DocumentError {
        let packages = [
            "libfontconfig": "libfontconfig1", "libcairo": "libcairo2", "libgobject": "libglib2.0-0",
            "libpango-1": "libpango-1.0-0",
        ]
        let package = packages.first { name.hasPrefix($0.key) }?.value
        return .libraryMissing(name: name, debianPackage: package ?? "libpangocairo-1.0-0")
    }
}

/// libqrencode, loaded when the first code is made.
enum QREncode {
    private static let loaded: Result<QREncodeFunctions, DocumentError> = {
        withUnsafeTemporaryAllocation(of: QREncodeFunctions.self, capacity: 1) { table in
            // The loader fills every field before it returns nil.
            let functions = table.baseAddress.unsafelyUnwrapped
            if let missing = qrencode_functions_load(functions) {
                return .failure(.libraryMissing(name: String(cString: missing), debianPackage: "libqrencode4"))
            }
            return .success(functions.pointee)
        }
    }()

    /// The encoding functions under their C names.
    /// - Throws: ``DocumentError/libraryMissing(name:debianPackage:)``.
    static func functions() throws(DocumentError) -> QREncodeFunctions { try loaded.get() }
}
