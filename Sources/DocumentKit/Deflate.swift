internal import CPangoCairo

/// zlib, which cairo brings along.
enum Deflate {
    /// In zlib's format (RFC 1950), as small as it gets.
    static func compressed(_ bytes: [UInt8]) throws(DocumentError) -> [UInt8] {
        let zlib = try Drawing.functions()
        var count = zlib.compressBound(uLong(bytes.count))
        var status = Z_OK
        let result = [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, initialized in
            status = zlib.compress2(buffer.baseAddress, &count, bytes, uLong(bytes.count), Z_BEST_COMPRESSION)
            initialized = status == Z_OK ? Int(count) : 0
        }
        guard status == Z_OK else { throw .drawingFailed("zlib error \(status)") }
        return result
    }
}
