/// An incremental decoder of chunked bodies (RFC 9112, section 7.1).
struct HTTPChunkReader {
    private enum State {
        /// Expects the line with the next chunk's size.
        case size
        /// The number of bytes of the chunk still expected.
        case bytes(Int)
        /// Expects the CR LF after a chunk.
        case end
        /// Expects trailer fields, which are ignored, and the empty line.
        case trailer
    }

    /// Maximum size of a chunk-size line with its extensions, and of all trailer fields together.
    private static let maximumLineBytes = 1024
    /// A chunk with more digits would exceed any body limit.
    private static let maximumSizeDigits = 15

    private var state = State.size
    private var line: [UInt8] = []
    private var trailerBytes = 0
    private(set) var isDone = false

    /// Decodes as much as possible and appends it to `body`.
    /// - Returns: the number of bytes consumed: all of them, or fewer when ``isDone``.
    mutating func read(
        _ input: Slice<UnsafeRawBufferPointer>, into body: inout [UInt8]
    ) throws(HTTPFailure) -> Int {
        var rest = input
        while !isDone, !rest.isEmpty {
            switch state {
            case .bytes(let count):
                let piece = rest.prefix(count)
                body.append(contentsOf: piece)
                rest = rest.dropFirst(piece.count)
                state = piece.count == count ? .end : .bytes(count - piece.count)
            case .size, .end, .trailer:
                guard let line = try takeLine(&rest) else { break }
                try take(line)
            }
        }
        return input.count - rest.count
    }

    /// The next line without its CR LF; nil when more bytes are needed.
    private mutating func takeLine(_ rest: inout Slice<UnsafeRawBufferPointer>) throws(HTTPFailure) -> [UInt8]? {
        let newline = rest.firstIndex(of: 0x0A)
        let piece = newline.map { rest[...$0] } ?? rest
        guard line.count + piece.count <= Self.maximumLineBytes else {
            throw .badRequest("a line of the chunked body is too long")
        }
        line += piece
        rest = rest.dropFirst(piece.count)
        guard newline != nil else { return nil }
        defer { line = [] }
        guard line.dropLast().last == 0x0D else {
            throw .badRequest("a line of the chunked body does not end in CR LF")
        }
        return Array(line.dropLast(2))
    }

    private mutating func take(_ line: [UInt8]) throws(HTTPFailure) {
        switch state {
        case .bytes: break
        case .size:
            let size = try Self.size(line)
            state = size == 0 ? .trailer : .bytes(size)
        case .end:
            guard line.isEmpty else { throw .badRequest("a chunk is longer than its size") }
            state = .size
        case .trailer:
            trailerBytes += line.count
            guard trailerBytes <= Self.maximumLineBytes else { throw .badRequest("the trailer fields are too large") }
            guard !line.isEmpty else {
                isDone = true
                return
            }
            let name = line.prefix { $0 != UInt8(ascii: ":") }
            guard name.count < line.count, Grammar.isToken(name), Grammar.isFieldValue(line) else {
                throw .badRequest("a trailer field is malformed")
            }
        }
    }

    /// Parses hexadecimal digits; an extension after them is ignored.
    private static func size(_ line: [UInt8]) throws(HTTPFailure) -> Int {
        let digits = line.prefix { isHexadecimal($0) }
        guard !digits.isEmpty, digits.count == line.count || line[digits.count] == UInt8(ascii: ";"),
            Grammar.isFieldValue(line)
        else { throw .badRequest("a chunk's size is malformed") }
        guard digits.count <= maximumSizeDigits else { throw .bodyTooLarge }
        return digits.reduce(0) { $0 << 4 | Int($1 < 0x3A ? $1 - 0x30 : ($1 | 0x20) - 0x57) }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        Grammar.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }
}
