/// Finds the head of a request in bytes that arrive piece by piece.
struct HTTPHeadReader {
    /// Whether the first byte of a head has arrived and its last one has not.
    private(set) var hasBegun = false
    /// How much of the head was searched for its end.
    private var scanned = 0

    /// What a read has found.
    struct Step {
        /// The number of bytes consumed.
        var size: Int
        /// Nil while the head is incomplete, and for an empty line before it.
        var head: HTTPRequestHead?
    }

    /// - Parameters:
    ///   - bytes: all that has arrived and was not consumed, at least one byte.
    ///   - maximum: the size of a head in bytes.
    mutating func read(_ bytes: UnsafeRawBufferPointer, maximum: Int) throws(HTTPFailure) -> Step {
        // RFC 9112, section 2.2: an empty line before a request is ignored.
        if !hasBegun, bytes[0] == 0x0D {
            guard bytes.count > 1 else { return Step(size: 0) }
            if bytes[1] == 0x0A { return Step(size: 2) }
        }
        hasBegun = true
        guard let size = try HTTPRequestHead.size(in: bytes, scanned: &scanned, maximum: maximum) else {
            return Step(size: 0)
        }
        self = HTTPHeadReader()
        return Step(size: size, head: try HTTPRequestHead(UnsafeRawBufferPointer(rebasing: bytes[..<size])))
    }
}
