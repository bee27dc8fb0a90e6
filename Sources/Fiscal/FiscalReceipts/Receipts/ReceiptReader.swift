import JSONKit

/// Splits a byte stream into receipts: one JSON object, a JSON array of them, or JSON Lines.
///
/// The first bytes determine which. At most one receipt is in memory, and at most ``ReceiptParser/maximumSize`` bytes
/// of it; in JSON Lines a malformed line does not affect others.
package struct ReceiptReader {
    /// One receipt of a stream, or the reason why it is not one.
    package struct Entry: Sendable {
        /// Position in the stream from 0, counting malformed entries.
        package var index: Int
        package var receipt: Result<Receipt, ReceiptError>
    }

    private enum Form {
        /// Only whitespace so far.
        case unknown
        /// Inside a JSON array, and after it.
        case array, closed
        /// The first line is incomplete; or it was not a complete value, and the second line decides.
        case firstLine, secondLine
        /// Values that span several lines.
        case nested
        /// Each line is a value.
        case lines
    }

    private var form = Form.unknown
    private var pending: [UInt8] = []
    private var isTooLarge = false
    private var nesting = Nesting()
    /// Whether a comma of the array was seen.
    private var isElementDue = false
    private var secondLine = (start: 0, nesting: Nesting())
    private var count = 0
    private let unit: AmountUnit?

    /// - Parameter unit: the unit of ambiguous amounts, as in ``ReceiptParser/receipt(from:unit:)``.
    package init(unit: AmountUnit? = nil) { self.unit = unit }

    /// Appends bytes of the stream and passes each completed receipt to `receive`.
    package mutating func append(_ chunk: [UInt8], _ receive: (Entry) throws -> Void) rethrows {
        var rest = chunk[...]
        while let byte = rest.first {
            if form == .lines {
                let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
                keep(rest[..<end])
                if end < rest.endIndex { try emit(receive) }
                rest = rest[end...].dropFirst()
            } else {
                try take(byte, receive)
                rest.removeFirst()
            }
        }
    }

    /// Ends the stream and passes on what remains.
    package mutating func finish(_ receive: (Entry) throws -> Void) rethrows {
        guard form != .array else {
            try emit(.failure(isTooLarge ? .tooLarge : .malformed(offset: pending.count)), receive)
            return
        }
        try append([UInt8(ascii: "\n")], receive)
        try emit(receive)
    }

    private mutating func take(_ byte: UInt8, _ receive: (Entry) throws -> Void) rethrows {
        let endsLine = byte == UInt8(ascii: "\n")
        switch form {
        case .unknown:
            guard !Self.isBlank(byte), !Self.byteOrderMark.contains(byte) else { return }
            form = byte == UInt8(ascii: "[") ? .array : .firstLine
            if form == .array { return }
        case .array where nesting.isClosed && byte == UInt8(ascii: ","):
            isElementDue = true
            return try emitElement(receive)
        case .array where nesting.isClosed && byte == UInt8(ascii: "]"):
            form = .closed
            return isElementDue ? try emitElement(receive) : try emit(receive)
        case .closed:
            guard !Self.isBlank(byte) else { return }
            form = .lines
        case .firstLine where endsLine && nesting.isClosed:
            form = .lines
            return try emit(receive)
        case .firstLine where endsLine:
            form = .secondLine
            secondLine = (pending.count + 1, Nesting())
        case .secondLine where endsLine && isSecondLineWhole:
            // The first line was a malformed line of many, not the beginning of a value.
            let line = pending[secondLine.start...]
            pending.removeSubrange(secondLine.start...)
            try emit(receive)
            form = .lines
            keep(line)
            return try emit(receive)
        case .secondLine where endsLine: form = .nested
        case .secondLine: secondLine.nesting.step(byte)
        default: break
        }
        if form == .nested, endsLine, nesting.isClosed { return try emit(receive) }
        nesting.step(byte)
        keep([byte])
    }

    private var isSecondLineWhole: Bool {
        secondLine.start < pending.count && secondLine.nesting.isClosed
            && pending[secondLine.start] == UInt8(ascii: "{")
            && pending.last { !Self.isBlank($0) } == UInt8(ascii: "}")
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        isTooLarge = isTooLarge || pending.count + bytes.count > ReceiptParser.maximumSize
        if isTooLarge { pending.removeAll() } else { pending.append(contentsOf: bytes) }
    }

    /// Hands over an element of an array, which has to be there before and after a comma.
    private mutating func emitElement(_ receive: (Entry) throws -> Void) rethrows {
        guard !isTooLarge, pending.allSatisfy(Self.isBlank) else { return try emit(receive) }
        try emit(.failure(.malformed(offset: 0)), receive)
    }

    /// Hands over what was kept, if it is anything.
    private mutating func emit(_ receive: (Entry) throws -> Void) rethrows {
        if isTooLarge {
            try emit(.failure(.tooLarge), receive)
        } else if !pending.allSatisfy(Self.isBlank) {
            let (json, unit) = (pending, unit)
            try emit(Result { () throws(ReceiptError) in try ReceiptParser.receipt(from: json, unit: unit) }, receive)
        }
        nesting = Nesting()
    }

    private mutating func emit(
        _ receipt: Result<Receipt, ReceiptError>, _ receive: (Entry) throws -> Void
    ) rethrows {
        pending.removeAll(keepingCapacity: true)
        isTooLarge = false
        defer { count += 1 }
        try receive(Entry(index: count, receipt: receipt))
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private static func isBlank(_ byte: UInt8) -> Bool { byte <= 0x20 }
}

/// The nesting depth at a position in JSON text.
private struct Nesting {
    private var depth = 0
    private var isInString = false
    private var isEscaped = false

    /// Whether all arrays, objects and strings are closed.
    var isClosed: Bool { depth <= 0 && !isInString }

    mutating func step(_ byte: UInt8) {
        if isInString {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
            }
            return
        }
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
    }
}
