extension [UInt8] {
    /// A PNG with its pixel density, so that it is printed at its drawn size (PNG 11.3.5.3).
    /// - Parameter png: begins with the signature and the header chunk.
    init(png: [UInt8], pixelsPerPoint scale: Double) {
        let perMetre = Int((scale * 72 / 0.0254).rounded())
        var chunk = Array("pHYs".utf8)
        chunk.appendInteger32(perMetre)
        chunk.appendInteger32(perMetre)
        // The unit is the metre.
        chunk.append(1)
        self = Array(png[..<Self.headerEnd])
        appendInteger32(chunk.count - 4)
        self += chunk
        appendInteger32(chunk.crc32)
        self += png[Self.headerEnd...]
    }

    /// The offset after the signature and the header chunk.
    private static var headerEnd: Int { 33 }

    /// Four bytes, big-endian.
    private mutating func appendInteger32(_ value: Int) {
        Swift.withUnsafeBytes(of: UInt32(truncatingIfNeeded: value).bigEndian) { self += $0 }
    }

    /// The checksum of a PNG's chunk (ISO 3309).
    private var crc32: Int {
        var rest = UInt32.max
        for byte in self {
            rest ^= UInt32(byte)
            for _ in 0..<8 { rest = rest & 1 == 0 ? rest >> 1 : rest >> 1 ^ 0xEDB8_8320 }
        }
        return Int(~rest)
    }
}
