/// Splits a stream of bytes into records of one line, keeping at most one of them.
package struct RecordSplitter: Sendable {
    /// A longer record is reported without its bytes.
    package static let maximumBytes = 64 << 10

    package struct Record: Equatable, Sendable {
        /// The number, from 1, of the line where it begins.
        package var line: Int
        /// Without its line end; nil when it was too long to keep.
        package var bytes: [UInt8]?

        package init(line: Int, bytes: [UInt8]?) {
            self.line = line
            self.bytes = bytes
        }
    }

    /// The record separator.
    package enum Form: Equatable, Sendable {
        /// A line is a record.
        case lines
        /// A quote that opens a field hides separators up to the closing quote (RFC 4180); any other quote is a
        /// character, and an error of its record only.
        case csv
    }

    private enum Place: Sendable {
        case fieldStart
        /// In an unquoted field, or after a closing quote.
        case bare
        case quoted
        /// After a quote in a quoted field, which closes it unless another follows.
        case behindQuote
    }

    private let form: Form
    private var place = Place.fieldStart
    private var pending: [UInt8] = []
    private var isTooLong = false
    private var line: Int
    private var firstLine: Int

    /// - Parameter line: the number, from 1, of the line of the first byte.
    package init(_ form: Form, line: Int = 1) {
        self.form = form
        self.line = line
        firstLine = line
    }

    /// Takes the next bytes of the stream and passes on each record they complete.
    package mutating func append(_ chunk: [UInt8], _ receive: (Record) throws -> Void) rethrows {
        var start = chunk.startIndex
        for index in chunk.indices {
            let byte = chunk[index]
            if form == .csv { place = Self.place(behind: byte, place) }
            guard byte == UInt8(ascii: "\n") else { continue }
            line += 1
            guard place != .quoted else { continue }
            keep(chunk[start..<index])
            start = index + 1
            try emit(receive)
        }
        keep(chunk[start...])
    }

    /// Ends the stream and passes on the remaining record.
    package mutating func finish(_ receive: (Record) throws -> Void) rethrows {
        if !pending.isEmpty || isTooLong { try emit(receive) }
    }

    private static func place(behind byte: UInt8, _ place: Place) -> Place {
        let isQuote = byte == UInt8(ascii: "\"")
        switch place {
        case .quoted: return isQuote ? .behindQuote : .quoted
        case .fieldStart, .behindQuote: if isQuote { return .quoted }
        case .bare: break
        }
        return byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") ? .fieldStart : .bare
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
