internal import CPangoCairo
import Synchronization

/// The installed fonts, without the user's or the system's rules about them.
enum FontMap {
    /// Fonts are searched where Debian and the user install them; hinting, aliases and substitutions are left out,
    /// because they would make the same drawing look different elsewhere. Fonts of pictures or in colour have no
    /// outlines to embed.
    private static let configuration = """
        <?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>\
        <dir>/usr/share/fonts</dir><dir>/usr/local/share/fonts</dir><dir prefix="xdg">fonts</dir>\
        <selectfont><rejectfont><pattern><patelt name="outline"><bool>false</bool></patelt></pattern>\
        <pattern><patelt name="color"><bool>true</bool></patelt></pattern></rejectfont></selectfont>\
        <cachedir>/var/cache/fontconfig</cachedir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
        """

    private static let isConfigured = Mutex(false)

    /// Makes the configuration the process's own, once, before pango asks for it; a failure is tried again.
    private static func configure() throws(DocumentError) {
        try isConfigured.withLock { (isConfigured) throws(DocumentError) in
            guard !isConfigured else { return }
            let fonts = try Drawing.functions()
            guard let config = fonts.FcConfigCreate(),
                fonts.FcConfigParseAndLoadFromMemory(config, configuration, FcTrue) == FcTrue,
                fonts.FcConfigBuildFonts(config) == FcTrue, fonts.FcConfigSetCurrent(config) == FcTrue
            else { throw .drawingFailed("the fonts cannot be read") }
            isConfigured = true
        }
    }

    /// This thread's fonts; pango keeps one map a thread, and keeps it warm.
    static func current() throws(DocumentError) -> UnsafeMutablePointer<PangoFontMap> {
        try configure()
        guard let map = try Drawing.functions().pango_cairo_font_map_get_default() else {
            throw .drawingFailed("there is no font map")
        }
        return map
    }
}
