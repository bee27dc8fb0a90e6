internal import Synchronization

/// Glyphs that pages have shown, so that each outline is written once a process.
///
/// A glyph depends on its face and number alone: what is found here is what would be made anew.
enum GlyphCache {
    /// Some hundred bytes each.
    private static let limit = 8_192
    private static let known = Mutex<[Face.Identity: [UInt32: Glyph]]>([:])

    static func glyphs(of face: Face.Identity) -> [UInt32: Glyph] { known.withLock { $0[face] ?? [:] } }

    static func keep(_ glyphs: [UInt32: Glyph], of face: Face.Identity) {
        known.withLock { known in
            known[face, default: [:]].merge(glyphs) { old, _ in old }
            // Whoever shows so many different ones is no worse off without any.
            if known.values.reduce(0, { $0 + $1.count }) > limit { known = [:] }
        }
    }
}
