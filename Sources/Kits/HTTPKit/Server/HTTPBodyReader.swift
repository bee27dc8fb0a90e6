/// Collects a request body as it arrives.
struct HTTPBodyReader {
    private enum Framing {
        case length(Int)
        case chunked(HTTPChunkReader)
    }

    private(set) var bytes: [UInt8] = []
    private var framing: Framing
    private(set) var isDone = false

    /// - Parameter length: nil for a chunked body.
    init(length: Int?) { framing = length.map(Framing.length) ?? .chunked(HTTPChunkReader()) }

    /// - Returns: how many bytes belong to the body or its framing.
    /// - Throws: ``HTTPFailure``, `bodyTooLarge` for more than `maximum` bytes.
    mutating func read(
        _ input: Slice<UnsafeRawBufferPointer>, maximum: Int
    ) throws(HTTPFailure) -> Int {
        let count: Int
        switch framing {
        case .length(let length):
            if bytes.isEmpty { bytes.reserveCapacity(min(length, 64 << 10)) }
            let piece = input.prefix(length - bytes.count)
            bytes.append(contentsOf: piece)
            count = piece.count
            isDone = bytes.count == length
        case .chunked(var chunks):
            count = try chunks.read(input, into: &bytes)
            isDone = chunks.isDone
            framing = .chunked(chunks)
        }
        guard bytes.count <= maximum else { throw .bodyTooLarge }
        return count
    }
}
