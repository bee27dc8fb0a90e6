internal import CPangoCairo
import Synchronization

/// The installed fonts, without user or system font configuration.
enum FontMap {
    /// Searches the font directories of Debian and the user. Hinting, aliases and substitutions are omitted because
    /// they would make output depend on the machine. Bitmap and color fonts have no outlines to embed.
    private static let configuration = """
        <?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>\
        <dir>/usr/share/fonts</dir><dir>/usr/local/share/fonts</dir><dir prefix="xdg">fonts</dir>\
        <selectfont><rejectfont><pattern><patelt name="outline"><bool>false</bool></patelt></pattern>\
        <pattern><patelt name="color"><bool>true</bool></patelt></pattern></rejectfont></selectfont>\
        <cachedir>/var/cache/fontconfig</cachedir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
        """

    private static let isConfigured = Mutex(false)

    /// Installs the configuration for the process, once, before pango uses it; retried after a failure.
    private static func configure() throws(DocumentError) {
        try isConfigured.withLock { (isConfigured) throws(DocumentError) in
            guard !isConfigured else { return }
            let fonts = try Drawing.functions()
            guard let config = fonts.FcConfigCreate(),
                fonts.FcConfigParseAndLoadFromMemory(config, configuration, FcTrue) == FcTrue,
                fonts.FcConfigBuildFonts(config) == FcTrue, fonts.FcConfigSetCurrent(config) == FcTrue
            else { throw .drawingFailed("cannot read the fonts") }
            isConfigured = true
        }
    }

    /// This thread's font map; pango caches one per thread.
    static func current() throws(DocumentError) -> UnsafeMutablePointer<PangoFontMap> {
        try configure()
        guard let map = try Drawing.functions().pango_cairo_font_map_get_default() else {
            throw .drawingFailed("cannot create a font map")
        }
        return map
    }
}
