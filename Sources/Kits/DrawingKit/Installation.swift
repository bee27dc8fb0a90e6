internal import CPangoCairo
internal import CQREncode

/// Versions of the installed drawing libraries, for diagnostics.
package enum DrawingLibraries {
    /// The versions of cairo and pango, such as `1.16.0` and `1.50.12`.
    /// - Throws: ``DocumentError/libraryMissing(_:)``.
    package static func versions() throws(DocumentError) -> (cairo: String, pango: String) {
        let drawing = try Drawing.functions()
        return (text(drawing.cairo_version_string()), text(drawing.pango_version_string()))
    }

    fileprivate static func text(_ version: UnsafePointer<CChar>?) -> String {
        version.map { String(cString: $0) } ?? ""
    }
}

extension QRCode {
    /// The version of libqrencode, such as `4.1.1`.
    /// - Throws: ``DocumentError/libraryMissing(_:)``.
    package static func libraryVersion() throws(DocumentError) -> String {
        DrawingLibraries.text(try QREncode.functions().QRcode_APIVersionString())
    }
}

extension Typeface {
    /// Whether the font family is installed.
    /// - Throws: ``DocumentError/libraryMissing(_:)``, ``DocumentError/drawingFailed(_:)``.
    package func isInstalled() throws(DocumentError) -> Bool {
        try Drawing.functions().pango_font_map_get_family(FontMap.current(), family) != nil
    }
}
