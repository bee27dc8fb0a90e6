/// A PDF in the making: its objects, and how they are packed.
///
/// Everything but streams goes into an object stream, and where it all is into a cross-reference stream (ISO 32000-1,
/// 7.5.7 and 7.5.8); in a short document that is a fifth of the file.
struct PDFFile {
    private enum Place {
        /// Of the file, as the object's first byte.
        case at(Int)
        /// The index in the object stream.
        case packed(Int)
    }

    private let deflate: Deflate
    private var bytes = Array("%PDF-1.5\n%".utf8) + [0xB5, 0xED, 0xAE, 0xFB, UInt8(ascii: "\n")]
    private var places: [Place?] = []
    private var packed: [(number: Int, body: String)] = []

    init() throws(DocumentError) { deflate = try Deflate() }

    /// The number of an object that is ``set(_:_:)`` later.
    mutating func reserve() -> Int {
        places.append(nil)
        return places.count
    }

    mutating func set(_ number: Int, _ body: String) {
        places[number - 1] = .packed(packed.count)
        packed.append((number, body))
    }

    mutating func add(_ body: String) -> Int {
        let number = reserve()
        set(number, body)
        return number
    }

    /// - Parameter entries: of the stream's dictionary, but for its length and filter.
    mutating func addStream(_ entries: String, _ content: [UInt8]) -> Int {
        let number = reserve()
        write(number, entries, content)
        return number
    }

    private mutating func write(_ number: Int, _ entries: String, _ content: [UInt8]) {
        places[number - 1] = .at(bytes.count)
        let small = deflate.compressed(content)
        bytes += "\(number) 0 obj\n<<\(entries)/Filter/FlateDecode/Length \(small.count)>>stream\n".utf8
        bytes += small
        bytes += "\nendstream\nendobj\n".utf8
    }

    /// The whole file.
    /// - Parameters:
    ///   - root: the document's catalog.
    ///   - info: what the document says about itself.
    mutating func finished(root: Int, info: Int) -> [UInt8] {
        let container = reserve()
        var (index, bodies) = ("", "")
        for (number, body) in packed {
            index += "\(number) \(bodies.utf8.count) "
            bodies += body + "\n"
        }
        write(
            container, "/Type/ObjStm/N \(packed.count)/First \(index.utf8.count)", Array((index + bodies).utf8))
        let table = reserve()
        let start = bytes.count
        places[table - 1] = .at(start)
        // One byte of kind, as many of a position as the last one takes, and two of an index.
        let width = (64 - start.leadingZeroBitCount + 7) / 8
        var entries = Self.entry(0, 0, width, 0xFFFF)
        for place in places {
            switch place {
            case .at(let position)?: entries += Self.entry(1, position, width, 0)
            case .packed(let index)?: entries += Self.entry(2, container, width, index)
            case nil: entries += Self.entry(0, 0, width, 0xFFFF)
            }
        }
        write(
            table,
            "/Type/XRef/Size \(places.count + 1)/W[1 \(width) 2]/Root \(root) 0 R/Info \(info) 0 R", entries)
        return bytes + "startxref\n\(start)\n%%EOF\n".utf8
    }

    private static func entry(_ kind: UInt8, _ position: Int, _ width: Int, _ index: Int) -> [UInt8] {
        [kind] + (0..<width).reversed().map { UInt8(truncatingIfNeeded: position >> ($0 * 8)) }
            + [UInt8(truncatingIfNeeded: index >> 8), UInt8(truncatingIfNeeded: index)]
    }
}
