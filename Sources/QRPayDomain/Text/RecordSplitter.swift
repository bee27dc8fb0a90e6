/// Cuts a stream of bytes into records of one line, keeping no more than one of them.
struct RecordSplitter {
    /// A record longer than this is given without its bytes.
    static let maximumBytes = 64 << 10

    struct Record: Equatable {
        /// The line, from 1, that it begins on.
        var line: Int
        /// Without its line end; nil when it was too long to keep.
        var bytes: [UInt8]?
    }

    private let quote: UInt8?
    private var isQuoted = false
    private var pending: [UInt8] = []
    private var isTooLong = false
    private var line: Int
    private var firstLine: Int

    /// - Parameters:
    ///   - quote: what begins and ends text that may hold line ends, `"` in CSV; nil where a line is a line.
    ///   - line: the line, from 1, that the first byte stands on.
    init(quote: UInt8?, line: Int = 1) {
        self.quote = quote
        self.line = line
        firstLine = line
    }

    /// Takes the next bytes of the stream and hands over each record they complete.
    mutating func append(_ chunk: [UInt8], _ receive: (Record) throws -> Void) rethrows {
        var start = chunk.startIndex
        for index in chunk.indices {
            let byte = chunk[index]
            if byte == quote {
                isQuoted.toggle()
            } else if byte == UInt8(ascii: "\n") {
                line += 1
                guard !isQuoted else { continue }
                keep(chunk[start..<index])
                start = index + 1
                try emit(receive)
            }
        }
        keep(chunk[start...])
    }

    /// Ends the stream and hands over what is left.
    mutating func finish(_ receive: (Record) throws -> Void) rethrows {
        if !pending.isEmpty || isTooLong { try emit(receive) }
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        isTooLong = isTooLong || pending.count + bytes.count > Self.maximumBytes
        if isTooLong { pending.removeAll() } else { pending.append(contentsOf: bytes) }
    }

    private mutating func emit(_ receive: (Record) throws -> Void) rethrows {
        defer {
            pending.removeAll(keepingCapacity: true)
            isTooLong = false
            firstLine = line
        }
        try receive(Record(line: firstLine, bytes: isTooLong ? nil : pending))
    }
}
