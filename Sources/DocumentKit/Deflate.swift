internal import CDeflate

/// Makes data smaller, in zlib's format (RFC 1950).
///
/// Belongs to the thread that made it.
final class Deflate {
    /// 1 to 12. Beyond this one, ten times the time saves two more bytes of a hundred.
    private static let level: Int32 = 8

    private let library: DeflateFunctions
    private let compressor: OpaquePointer

    init() throws(DocumentError) {
        library = try DeflateLibrary.functions()
        guard let compressor = library.libdeflate_alloc_compressor(Self.level) else {
            throw .drawingFailed("no memory for compressing")
        }
        self.compressor = compressor
    }

    deinit { library.libdeflate_free_compressor(compressor) }

    func compressed(_ bytes: [UInt8]) -> [UInt8] {
        let bound = library.libdeflate_zlib_compress_bound(compressor, bytes.count)
        return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            count = library.libdeflate_zlib_compress(compressor, bytes, bytes.count, buffer.baseAddress, bound)
        }
    }
}
