/// A finished PDF of cairo's, taken apart to be written smaller and with what cairo leaves out of it.
///
/// cairo writes each object uncompressed but for its streams, and a table of 20 bytes an object; packing them into
/// object and cross-reference streams (ISO 32000-1, 7.5.7 and 7.5.8) saves a fifth of a short document.
struct PDFFile {
    /// The bodies of objects 1 and up, without `obj` and `endobj`; empty for one that is there no more.
    private var objects: [ArraySlice<UInt8>]
    private let header: ArraySlice<UInt8>
    private let root: Int
    private let info: Int

    /// Nil for a file that is not laid out as cairo does it.
    init?(_ file: [UInt8]) {
        guard let start = file.lastRange(of: "startxref\n"),
            let table = Int(ascii: file[start.upperBound...].firstLine),
            file.indices.contains(table), file[table...].starts(with: "xref\n0 ".utf8),
            let size = Int(ascii: file[(table + 7)...].firstLine), size > 1,
            let trailer = file[table...].range(of: "trailer\n"),
            let root = Self.reference("/Root ", in: file[trailer.upperBound...]),
            let info = Self.reference("/Info ", in: file[trailer.upperBound...])
        else { return nil }
        let firstEntry = table + 8 + "\(size)".utf8.count
        let offsets = (1..<size).compactMap { number -> Int? in
            let entry = firstEntry + number * 20
            return entry + 20 <= file.count ? Int(ascii: file[entry..<entry + 10]) : nil
        }
        let bodies = offsets.enumerated().compactMap { index, offset -> ArraySlice<UInt8>? in
            let intro = "\(index + 1) 0 obj\n"
            let end = offsets.filter { $0 > offset }.min() ?? table
            guard offset < end, end <= table, file[offset..<end].starts(with: intro.utf8),
                file[offset..<end].ends(with: Self.outro)
            else { return nil }
            return file[(offset + intro.utf8.count)..<(end - Self.outro.utf8.count)]
        }
        guard bodies.count == size - 1, let first = offsets.min(), (1..<size).contains(root) else { return nil }
        header = file[..<first]
        objects = bodies
        (self.root, self.info) = (root, info)
    }

    /// Adds entries to the document's catalog, `/Lang (ru-RU)`.
    mutating func addToCatalog(_ entries: String) {
        guard let end = objects[root - 1].lastRange(of: ">>") else { return }
        let catalog = objects[root - 1]
        objects[root - 1] = Array(catalog[..<end.lowerBound] + entries.utf8 + catalog[end.lowerBound...])[...]
    }

    /// Writes embedded fonts on a coarser grid, leaves out what says the same twice, and puts each stream's length where
    /// it belongs.
    mutating func shrink() throws(DocumentError) {
        for index in objects.indices {
            let object = objects[index]
            if object.range(of: "/Encoding /WinAnsiEncoding") != nil,
                let map = Self.reference("/ToUnicode ", in: object), objects.indices.contains(map - 1)
            {
                // The encoding tells what the codes mean (ISO 32000-1, 9.10.2).
                objects[index] = object.replacing("/ToUnicode \(map) 0 R", with: "")
                objects[map - 1] = []
            }
        }
        for index in objects.indices { try shrinkStream(index) }
    }

    private mutating func shrinkStream(_ index: Int) throws(DocumentError) {
        let object = objects[index]
        guard object.ends(with: Self.streamOutro), let intro = object.range(of: "stream\n") else { return }
        var entries = object[..<intro.lowerBound]
        var bytes = object[intro.upperBound...].dropLast(Self.streamOutro.utf8.count)
        if let length = Self.number("/Length1 ", in: entries), (1...Self.largestFont).contains(length),
            let file = try Deflate.expanded(Array(bytes), size: length),
            let font = TrueTypeFont(file)?.compacted()
        {
            bytes = try Deflate.compressed(font)[...]
            entries = entries.replacing("/Length1 \(length)", with: "/Length1 \(font.count)")
        }
        if let length = Self.reference("/Length ", in: entries), objects.indices.contains(length - 1) {
            entries = entries.replacing("/Length \(length) 0 R", with: "/Length \(bytes.count)")
            objects[length - 1] = []
        }
        objects[index] = (entries + "stream\n".utf8 + bytes + Self.streamOutro.utf8)[...]
    }

    /// More than any subset that a page needs, in bytes.
    private static let largestFont = 4 << 20

    private static let streamOutro = "\nendstream"

    /// The whole file anew.
    /// - Parameter compress: zlib's format (RFC 1950).
    func packed(compress: ([UInt8]) throws -> [UInt8]) rethrows -> [UInt8] {
        var file = Array(header)
        var entries: [Entry] = [.free]
        var index: [String] = []
        var bodies: [UInt8] = []
        let container = objects.count + 1
        for (number, body) in zip(1..., objects) {
            if body.isEmpty {
                entries.append(.free)
            } else if !body.ends(with: Self.streamOutro) {
                entries.append(.packed(container: container, index: index.count))
                index.append("\(number) \(bodies.count)")
                bodies += body + [UInt8(ascii: "\n")]
            } else {
                entries.append(.at(file.count))
                file += "\(number) 0 obj\n".utf8 + body + "\nendobj\n".utf8
            }
        }
        let list = index.joined(separator: " ") + "\n"
        entries.append(.at(file.count))
        file += Self.stream(
            container, "/Type /ObjStm /N \(index.count) /First \(list.utf8.count)", try compress(list.utf8 + bodies))
        let table = file.count
        entries.append(.at(table))
        file += Self.stream(
            container + 1,
            "/Type /XRef /Size \(entries.count) /W [1 4 2] /Root \(root) 0 R /Info \(info) 0 R",
            try compress(entries.flatMap(\.bytes)))
        return file + "startxref\n\(table)\n%%EOF\n".utf8
    }

    private static let outro = "\nendobj\n"

    private static func stream(_ number: Int, _ entries: String, _ bytes: [UInt8]) -> [UInt8] {
        Array("\(number) 0 obj\n<< \(entries) /Filter /FlateDecode /Length \(bytes.count) >>\nstream\n".utf8)
            + bytes + "\nendstream\nendobj\n".utf8
    }

    /// The number of the object that `name` refers to.
    private static func reference(_ name: String, in object: ArraySlice<UInt8>) -> Int? {
        number(name, in: object).flatMap { object.range(of: "\(name)\($0) 0 R") == nil ? nil : $0 }
    }

    private static func number(_ name: String, in object: ArraySlice<UInt8>) -> Int? {
        object.range(of: name).flatMap { name in
            Int(ascii: object[name.upperBound...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        }
    }
}

/// Where an object is, as a cross-reference stream says it.
private enum Entry {
    case free
    case at(Int)
    case packed(container: Int, index: Int)

    /// One byte of kind, four and two of position, the highest first.
    var bytes: [UInt8] {
        let (kind, position, index): (UInt8, Int, Int) =
            switch self {
            case .free: (0, 0, 65_535)
            case .at(let offset): (1, offset, 0)
            case .packed(let container, let index): (2, container, index)
            }
        return [kind] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: position >> $0) }
            + [UInt8(truncatingIfNeeded: index >> 8), UInt8(truncatingIfNeeded: index)]
    }
}

extension Int {
    fileprivate init?(ascii digits: some Collection<UInt8>) { self.init(String(decoding: digits, as: UTF8.self)) }
}

extension RandomAccessCollection<UInt8> where Index == Int {
    fileprivate var firstLine: SubSequence { prefix { $0 != UInt8(ascii: "\n") } }

    fileprivate func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }

    fileprivate func range(of text: String) -> Range<Int>? {
        positions(of: text).first.map { $0..<$0 + text.utf8.count }
    }

    fileprivate func replacing(_ text: String, with other: String) -> ArraySlice<UInt8> {
        guard let place = range(of: text) else { return Array(self)[...] }
        return (Array(self[..<place.lowerBound]) + other.utf8 + self[place.upperBound...])[...]
    }

    fileprivate func lastRange(of text: String) -> Range<Int>? {
        positions(of: text).last.map { $0..<$0 + text.utf8.count }
    }

    private func positions(of text: String) -> some BidirectionalCollection<Int> {
        let pattern = Array(text.utf8)
        return (startIndex..<Swift.max(startIndex, endIndex - pattern.count + 1)).lazy.filter { position in
            self[position..<position + pattern.count].elementsEqual(pattern)
        }
    }
}
