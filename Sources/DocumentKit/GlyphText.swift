/// What a glyph stands for: mostly one character, with a ligature several.
struct GlyphText: Hashable, Comparable {
    var first: Unicode.Scalar
    var rest: [Unicode.Scalar] = []

    /// Of a glyph that stands for no text of its own: the hyphen where a long word is broken.
    static let none = GlyphText(first: "\u{200B}")

    private init(first: Unicode.Scalar) { self.first = first }

    /// - Parameter bytes: UTF-8.
    init(decoding bytes: UnsafeBufferPointer<UInt8>) {
        self = Self.none
        var (decoder, bytes) = (UTF8(), bytes.makeIterator())
        if case .scalarValue(let scalar) = decoder.decode(&bytes) { first = scalar }
        while case .scalarValue(let scalar) = decoder.decode(&bytes) { rest.append(scalar) }
    }

    /// What one of several glyphs that show this text together stands for: one character each, the last all others, those
    /// beyond the last character ``none``.
    func part(_ index: Int, of count: Int) -> GlyphText {
        if count == 1 { return self }
        var scalars = ([first] + rest).dropFirst(index)
        if index < count - 1 { scalars = scalars.prefix(1) }
        guard let first = scalars.first else { return Self.none }
        var part = GlyphText(first: first)
        part.rest = Array(scalars.dropFirst())
        return part
    }

    var string: String { String(String.UnicodeScalarView([first] + rest)) }

    static func < (one: GlyphText, other: GlyphText) -> Bool {
        one.first == other.first ? one.rest.lexicographicallyPrecedes(other.rest) : one.first < other.first
    }
}
