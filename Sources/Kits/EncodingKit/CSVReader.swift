/// One record of a CSV text.
package struct CSVRecord: Equatable, Sendable {
    /// The number, from 1, of the line where the record begins.
    package var line: Int
    package var fields: [String] = []
    /// The start of each field in the text, including its quote.
    package var starts: [Int] = []

    package init(line: Int, fields: [String] = [], starts: [Int] = []) {
        self.line = line
        self.fields = fields
        self.starts = starts
    }
}

/// Why a text is not CSV, and on which line, from 1.
package struct CSVError: Error, Hashable, Sendable {
    package enum Flaw: Hashable, Sendable {
        /// An unterminated quoted field.
        case openQuote
        /// Something other than a separator or a line end follows a closing quote, or an unquoted field contains a
        /// quote.
        case strayQuote
    }

    package var line: Int
    package var flaw: Flaw

    package init(line: Int, flaw: Flaw) {
        self.line = line
        self.flaw = flaw
    }
}

/// Reads CSV (RFC 4180) record by record; lines may also end in a bare line feed, and empty ones are skipped.
package struct CSVReader: Sendable {
    private let text: [UInt8]
    private let separator: UInt8
    private var offset: Int
    private var line: Int

    /// - Parameters:
    ///   - text: UTF-8, already validated.
    ///   - separator: an ASCII character.
    ///   - offset: where to begin, on `line`.
    package init(text: [UInt8], separator: UInt8 = UInt8(ascii: ","), from offset: Int = 0, line: Int = 1) {
        self.text = text
        self.separator = separator
        self.offset = offset
        self.line = line
    }

    /// The next record; nil at the end of the text.
    package mutating func next() throws(CSVError) -> CSVRecord? {
        while skipLineEnd() {}
        guard offset < text.count else { return nil }
        var record = CSVRecord(line: line)
        repeat {
            record.starts.append(offset)
            record.fields.append(peek() == UInt8(ascii: "\"") ? try quotedField() : try bareField())
        } while skip(separator)
        guard offset == text.count || skipLineEnd() else { throw CSVError(line: line, flaw: .strayQuote) }
        return record
    }

    private mutating func quotedField() throws(CSVError) -> String {
        let firstLine = line
        offset += 1
        var field: [UInt8] = []
        while let byte = peek() {
            offset += 1
            if byte == UInt8(ascii: "\""), !skip(UInt8(ascii: "\"")) {
                return String(decoding: field, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\n") { line += 1 }
            field.append(byte)
        }
        throw CSVError(line: firstLine, flaw: .openQuote)
    }

    private mutating func bareField() throws(CSVError) -> String {
        let start = offset
        while let byte = peek(), byte != separator, !isAtLineEnd {
            guard byte != UInt8(ascii: "\"") else { throw CSVError(line: line, flaw: .strayQuote) }
            offset += 1
        }
        return String(decoding: text[start..<offset], as: UTF8.self)
    }

    private func peek() -> UInt8? { offset < text.count ? text[offset] : nil }

    private var isAtLineEnd: Bool {
        let next = offset + 1 < text.count ? text[offset + 1] : nil
        return peek() == UInt8(ascii: "\n") || (peek() == UInt8(ascii: "\r") && next == UInt8(ascii: "\n"))
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        offset += 1
        return true
    }

    private mutating func skipLineEnd() -> Bool {
        guard isAtLineEnd else { return false }
        offset += peek() == UInt8(ascii: "\r") ? 2 : 1
        line += 1
        return true
    }
}
