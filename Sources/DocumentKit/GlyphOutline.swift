/// One glyph's entry in a font's `glyf` table (OpenType 1.9), written anew as short as it gets.
struct GlyphOutline {
    private(set) var bytes: [UInt8] = []

    /// - Parameters:
    ///   - entry: the glyph as it is.
    ///   - scaled: the place on the new grid of one on the old.
    /// Nil for a damaged one.
    init?(_ entry: [UInt8], scaled: (Int) -> Int) {
        let reader = BigEndianReader(entry)
        guard let contours = reader.signed16(at: 0) else { return nil }
        bytes.appendInteger16(contours)
        for position in stride(from: 2, to: 10, by: 2) {
            guard let edge = reader.signed16(at: position) else { return nil }
            bytes.appendInteger16(scaled(edge))
        }
        guard contours < 0 ? appendParts(reader, scaled) : appendContours(contours, reader, scaled) else { return nil }
    }

    // MARK: - Contours

    private enum PointFlag {
        static let onCurve: UInt8 = 0x01
        static let shortX: UInt8 = 0x02
        static let shortY: UInt8 = 0x04
        static let `repeat`: UInt8 = 0x08
        /// Positive where the step is short, zero and left out where it is not.
        static let sameX: UInt8 = 0x10
        static let sameY: UInt8 = 0x20
    }

    private mutating func appendContours(_ contours: Int, _ reader: BigEndianReader, _ scaled: (Int) -> Int) -> Bool {
        var position = 10
        var points = 0
        for _ in 0..<contours {
            guard let end = reader.integer16(at: position), end + 1 >= points else { return false }
            points = end + 1
            bytes.appendInteger16(end)
            position += 2
        }
        guard let instructions = reader.integer16(at: position) else { return false }
        bytes.appendInteger16(0)
        position += 2 + instructions

        guard let flags = Self.flags(points, reader, &position),
            let x = Self.steps(flags, PointFlag.shortX, PointFlag.sameX, reader, &position),
            let y = Self.steps(flags, PointFlag.shortY, PointFlag.sameY, reader, &position)
        else { return false }
        let (columns, rows) = (Self.encoded(x, scaled), Self.encoded(y, scaled))
        let newFlags = flags.indices.map { point in
            flags[point] & PointFlag.onCurve
                | columns[point].flags(short: PointFlag.shortX, same: PointFlag.sameX)
                | rows[point].flags(short: PointFlag.shortY, same: PointFlag.sameY)
        }
        appendFlags(newFlags)
        for step in columns { append(step) }
        for step in rows { append(step) }
        return true
    }

    private static func flags(_ points: Int, _ reader: BigEndianReader, _ position: inout Int) -> [UInt8]? {
        var flags: [UInt8] = []
        while flags.count < points {
            guard let flag = reader.byte(at: position) else { return nil }
            position += 1
            var count = 1
            if flag & PointFlag.repeat != 0 {
                guard let more = reader.byte(at: position) else { return nil }
                position += 1
                count += Int(more)
            }
            flags += [UInt8](repeating: flag, count: count)
        }
        return flags.count == points ? flags : nil
    }

    /// One coordinate of each point, from the point before it.
    private static func steps(
        _ flags: [UInt8], _ short: UInt8, _ same: UInt8, _ reader: BigEndianReader, _ position: inout Int
    ) -> [Int]? {
        var steps: [Int] = []
        for flag in flags {
            if flag & short != 0 {
                guard let step = reader.byte(at: position) else { return nil }
                position += 1
                steps.append(flag & same != 0 ? Int(step) : -Int(step))
            } else if flag & same != 0 {
                steps.append(0)
            } else {
                guard let step = reader.signed16(at: position) else { return nil }
                position += 2
                steps.append(step)
            }
        }
        return steps
    }

    private struct Step {
        var value: Int

        func flags(short: UInt8, same: UInt8) -> UInt8 {
            guard value != 0 else { return same }
            guard abs(value) < 256 else { return 0 }
            return value > 0 ? short | same : short
        }
    }

    private mutating func append(_ step: Step) {
        if step.value == 0 { return }
        if abs(step.value) < 256 { bytes.append(UInt8(abs(step.value))) } else { bytes.appendInteger16(step.value) }
    }

    /// Places are rounded, not steps, so that errors do not add up.
    private static func encoded(_ steps: [Int], _ scaled: (Int) -> Int) -> [Step] {
        var (old, new) = (0, 0)
        return steps.map { step in
            old += step
            let place = scaled(old)
            defer { new = place }
            return Step(value: place - new)
        }
    }

    private mutating func appendFlags(_ flags: [UInt8]) {
        var rest = flags[...]
        while let flag = rest.first {
            let count = min(rest.prefix { $0 == flag }.count, 256)
            // Two equal ones take the same room repeated or written twice.
            if count > 2 {
                bytes += [flag | PointFlag.repeat, UInt8(count - 1)]
            } else {
                bytes += rest.prefix(count)
            }
            rest = rest.dropFirst(count)
        }
    }

    // MARK: - Parts

    private enum PartFlag {
        static let wordArguments = 0x0001
        static let argumentsArePlace = 0x0002
        static let oneScale = 0x0008
        static let more = 0x0020
        static let twoScales = 0x0040
        static let matrix = 0x0080
        static let instructions = 0x0100
    }

    /// A glyph put together of others, an accent on a letter.
    private mutating func appendParts(_ reader: BigEndianReader, _ scaled: (Int) -> Int) -> Bool {
        var position = 10
        while true {
            guard let flags = reader.integer16(at: position), let glyph = reader.integer16(at: position + 2) else {
                return false
            }
            position += 4
            let isWord = flags & PartFlag.wordArguments != 0
            let isPlace = flags & PartFlag.argumentsArePlace != 0
            let arguments = [0, 1].map { index in
                isWord ? reader.signed16(at: position + index * 2) : reader.signed8(at: position + index)
            }
            guard let first = arguments[0], let second = arguments[1] else { return false }
            position += isWord ? 4 : 2
            let transform =
                flags & PartFlag.matrix != 0
                ? 8 : flags & PartFlag.twoScales != 0 ? 4 : flags & PartFlag.oneScale != 0 ? 2 : 0
            guard let factors = reader.bytes(at: position, count: transform) else { return false }
            position += transform

            bytes.appendInteger16(flags & ~PartFlag.instructions | PartFlag.wordArguments)
            bytes.appendInteger16(glyph)
            // Arguments that are no place number points, which stay the same; bytes of them have no sign.
            for argument in [first, second] {
                bytes.appendInteger16(isPlace ? scaled(argument) : isWord ? argument : argument & 0xFF)
            }
            bytes += factors
            if flags & PartFlag.more == 0 { return true }
        }
    }
}
