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

    /// Nil for what is no whole stream in zlib's format, or other than `size` bytes.
    static func expanded(_ bytes: [UInt8], size: Int) throws(DocumentError) -> [UInt8]? {
        let zlib = try Drawing.functions()
        var count = uLong(size)
        var status = Z_OK
        let result = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            status = zlib.uncompress(buffer.baseAddress, &count, bytes, uLong(bytes.count))
            initialized = status == Z_OK ? Int(count) : 0
        }
        return status == Z_OK && result.count == size ? result : nil
    }
}
