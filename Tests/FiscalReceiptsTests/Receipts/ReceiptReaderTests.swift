import FiscalReceipts
import JSONKit
import Testing

struct ReceiptReaderTests {
    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var text: String
        /// The totals in order; an error's code for invalid entries.
        var entries: [String]

        init(_ name: String, _ text: String, _ entries: String...) {
            (testDescription, self.text, self.entries) = (name, text, entries)
        }
    }

    static let cases = [
        Case("nothing", ""),
        Case("blanks", " \n\r\n\t"),
        Case("one object", receipt(1), "1"),
        Case("one object over many lines", "\n" + tall(1) + "\n", "1"),
        Case("objects over many lines", tall(1) + "\n" + tall(2), "1", "2"),
        Case("an object inside others", #"{"document":{"receipt":\#(tall(3))}}"#, "3"),
        Case("an array", "[\(receipt(1)),\(receipt(2))]", "1", "2"),
        Case("an array over many lines", "\u{FEFF}[\n  \(tall(1)),\n  \(tall(2))\n]\n", "1", "2"),
        Case("an empty array", "[ ]\n"),
        Case("an array with something else in it", "[\(receipt(1)),7,\(receipt(2))]", "1", "notAReceipt", "2"),
        Case("an array with a comma too many", "[\(receipt(1)),]", "1", "malformed"),
        Case("an array with a comma in front", "[,\(receipt(1))]", "malformed", "1"),
        Case("an array with two commas", "[\(receipt(1)), ,\(receipt(2))]", "1", "malformed", "2"),
        Case("an array that is cut off", "[\(receipt(1)),\(receipt(2).dropLast(5))", "1", "malformed"),
        Case("an array and something behind it", "[\(receipt(1))] x", "1", "malformed"),
        Case("lines", "\(receipt(1))\n\(receipt(2))\n", "1", "2"),
        Case("lines, blank ones and none at the end", "\(receipt(1))\r\n\n  \n\(receipt(2))", "1", "2"),
        Case("lines with brackets in text", "\(receipt(1, name: "}{[\\\""))\n\(receipt(2))", "1", "2"),
        Case(
            "a broken line among lines", "\(receipt(1))\n\(receipt(2).dropLast(5))\n\(receipt(3))", "1", "malformed",
            "3"),
        Case("the first line broken", "\(receipt(1).dropLast(5))\n\(receipt(2))\n\(receipt(3))", "malformed", "2", "3"),
        Case("the tail of a line first", "\(receipt(1).dropFirst(5))\n\(receipt(2))", "malformed", "2"),
        Case("no JSON", "hello\nworld", "malformed", "malformed"),
    ]

    /// More than a mebibyte each: too slow in small chunks.
    static let largeCases = [
        Case("one too large among lines", "\(receipt(1))\n\(huge)\n\(receipt(2))\n", "1", "tooLarge", "2"),
        Case("one too large first", "\(huge)\n\(receipt(2))\n", "tooLarge", "2"),
        Case("an array without an end", "[\(huge.dropLast(9))", "tooLarge"),
        Case("one too large in an array", "[\(receipt(1)),\(huge),\(receipt(2))]", "1", "tooLarge", "2"),
    ]

    @Test(arguments: cases, [1, 7, 1 << 20])
    func `receipts are read one by one, however the stream is chunked`(_ check: Case, chunk: Int) {
        expectEntries(of: check, chunk: chunk)
    }

    @Test(arguments: largeCases)
    func `an entry that is too large does not affect others`(_ check: Case) { expectEntries(of: check, chunk: 65_537) }

    private func expectEntries(of check: Case, chunk: Int) {
        var reader = ReceiptReader()
        var entries: [ReceiptReader.Entry] = []
        let bytes = Array(check.text.utf8)
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            reader.append(Array(bytes[start..<min(start + chunk, bytes.count)])) { entries.append($0) }
        }
        reader.finish { entries.append($0) }
        #expect(entries.map(\.index) == Array(check.entries.indices))
        let shown = entries.map { entry in
            switch entry.receipt {
            case .success(let receipt): receipt.total.map(String.init) ?? "no total"
            case .failure(.malformed): "malformed"
            case .failure(let error): "\(error)"
            }
        }
        #expect(shown == check.entries)
    }

    @Test func `an error of the receiver ends reading`() {
        struct Enough: Error {}
        var reader = ReceiptReader()
        #expect(throws: Enough.self) {
            try reader.append(Array("\(Self.receipt(1))\n\(Self.receipt(2))\n".utf8)) { _ in throw Enough() }
        }
    }

    private static let huge = receipt(9, name: String(repeating: "x", count: ReceiptParser.maximumSize))

    private static func receipt(_ total: Int, name: String = "x") -> String {
        #"{"items":[{"name":"\#(name)","price":1,"quantity":1,"sum":1}],"totalSum":\#(total)}"#
    }

    /// One value per line.
    private static func tall(_ total: Int) -> String {
        receipt(total).replacing(",", with: ",\n").replacing("{", with: "{\n").replacing("[", with: "[\n")
    }
}
