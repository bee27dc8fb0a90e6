import Foundation
import TestSupport
import Testing

@testable import JSONKit

/// The forms in which values are written, compared with what Foundation's encoder writes.
@Suite struct JSONWritingTests {
    private struct Everything: Codable {
        enum Kind: String, Codable { case hold, clear }

        struct Part: Codable {
            var text: String
            var none: Int?
            var parts: [Part] = []
        }

        var b10 = 1
        var b9 = [Int64.max, .min]
        var upper = UInt64.max
        var aSmall: Int8 = -5
        var doubles = [1.0, 1.5, -0.0, 1e-7, 1e15, 1e16, 0.1, 123_456_789_012_345_680, .greatestFiniteMagnitude]
        var float = Float(0.1)
        var flags = [true, false]
        var kind = Kind.clear
        var counts = [
            "я": 1, "B": 2, "a": 3, "_": 4, "e\u{301}x": 5, "é": 6, "😀": 7, "\u{FFFF}": 8, "a_b": 9, "a2": 10,
        ]
        var numbered = [10: "ten", 9: "nine"]
        var byKind: [Kind: Int] = [.hold: 1]
        var empty: [String] = []
        var emptyObject: [String: Int] = [:]
        var nothing: [Int?] = [nil, 1, nil]
        var decimal = Decimal(string: "1234567890.12345678901234567890")
        var data = Data([0, 1, 254, 255])
        var part = Part(text: "a/b\\\"", none: nil, parts: [Part(text: "", none: 3), Part(text: "é")])
        var range = 1...3
        var nested: [[[Int]]] = [[], [[]], [[1], [2, 3]]]
    }

    private static func foundation(_ value: some Encodable, isIndented: Bool) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isIndented { encoder.outputFormatting.insert(.prettyPrinted) }
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    @Test func `types of every kind are written as by Foundation`() throws {
        let value = Everything()
        #expect(
            String(decoding: try JSON.encode(value), as: UTF8.self) == (try Self.foundation(value, isIndented: false)))
        #expect(
            String(decoding: try JSON.encodeIndented(value), as: UTF8.self)
                == (try Self.foundation(value, isIndented: true)))
    }

    @Test func `decimals and data read back`() throws {
        let read = try JSON.decode(Everything.self, from: try JSON.encode(Everything()))
        #expect(read.decimal == Everything().decimal && read.data == Everything().data && read.kind == .clear)
    }

    @Test func `every text is written as by Foundation`() throws {
        for text in HostileText.texts(2000) {
            let value = ["\(text)": [text]]
            #expect(
                String(decoding: try JSON.encode(value), as: UTF8.self)
                    == (try Self.foundation(value, isIndented: false)))
        }
    }

    @Test func `what is encoded by hand is written as by Foundation`() throws {
        struct Manual: Encodable {
            enum Key: String, CodingKey { case list, object, twice, own }

            func encode(to encoder: any Encoder) throws {
                var members = encoder.container(keyedBy: Key.self)
                var list = members.nestedUnkeyedContainer(forKey: .list)
                try list.encode(1)
                try list.encodeNil()
                var inner = list.nestedContainer(keyedBy: Key.self)
                try inner.encode("x", forKey: .own)
                try [2, 3].encode(to: list.superEncoder())
                var object = members.nestedContainer(keyedBy: Key.self, forKey: .object)
                try object.encodeNil(forKey: .own)
                try members.encode(1, forKey: .twice)
                try members.encode(2, forKey: .twice)
                try "own".encode(to: members.superEncoder(forKey: .own))
            }
        }

        let value = Manual()
        #expect(
            String(decoding: try JSON.encode(value), as: UTF8.self) == (try Self.foundation(value, isIndented: false)))
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `a number that is not finite is refused with its place`(_ number: Double) throws {
        let error = #expect(throws: EncodingError.self) { try JSON.encode(["a": [1, number]]) }
        guard case .invalidValue(_, let context)? = error else { throw error ?? CancellationError() as any Error }
        #expect(context.codingPath.map(\.stringValue) == ["a", "1"])
    }

    @Test func `a decimal that is not a number is refused`() throws {
        #expect(throws: EncodingError.self) { try JSON.encode(["a": Decimal.nan]) }
        #expect(try JSONValue(encoding: ["a": Decimal(string: "-1.50")]).compact == #"{"a":-1.5}"#)
    }

    @Test func `an object of Swift values is written as each value encodes itself`() throws {
        var object: JSONObject = [
            "text": "x", "count": 3, "none": nil, "list": [1, 2], "nested": ["a": 1.5] as JSONObject,
            "value": JSONValue.number("1.50"), "absent": Int?.none, "nan": Double.nan,
        ]
        #expect(
            JSONValue.object(object).compact
                == #"{"text":"x","count":3,"none":null,"list":[1,2],"nested":{"a":1.5},"value":1.50,"#
                + #""absent":null,"nan":null}"#
        )
        object["text"] = ["y"]
        object["new"] = true
        object["count"] = nil
        #expect(object["text"] == ["y"] && object["count"] == .null)
        #expect(object.members.map(\.name).suffix(3) == ["text", "new", "count"])
        #expect(object.members.count == 9)
    }

    @Test func `a value is encoded by other encoders too`() throws {
        let value: JSONValue = ["a": [1, -2, .number("1.5"), true, .null, "x", ["b": []]], "c": [:]]
        #expect(
            try Self.foundation(value, isIndented: false) == String(decoding: value.canonical, as: UTF8.self))
    }

    @Test(
        arguments: [
            ("short", ["a": 1, "b": [1, 2]], "{\"a\": 1, \"b\": [1, 2]}"),
            ("nested", ["b": [["a": 1]]], "{\n  \"b\": [\n    {\"a\": 1}\n  ]\n}"),
            (
                "long", ["a": .array(Array(repeating: "0123456789", count: 9))],
                "{\n  \"a\": [\n" + Array(repeating: "    \"0123456789\"", count: 9).joined(separator: ",\n")
                    + "\n  ]\n}"
            ),
            (
                "a long text", .string(String(repeating: "x", count: 200)),
                "\"" + String(repeating: "x", count: 200) + "\""
            ),
            ("empty", [:], "{}"), ("empty in it", ["a": [], "b": [[]]], "{\n  \"a\": [],\n  \"b\": [\n    []\n  ]\n}"),
        ] as [(String, JSONValue, String)])
    func `readable text has on one line what fits`(name: String, value: JSONValue, text: String) {
        #expect(value.text == text)
    }

    @Test func `a stream writes what a value writes`() {
        var stream = JSONStream()
        stream.object { stream in
            stream.member("name", "a\"b")
            stream.member(
                "list",
                array: { stream in
                    stream.string("x")
                    stream.object { _ in }
                    stream.array { _ in }
                    stream.object { $0.member("id", "1") }
                })
            stream.member("last", "")
        }
        let value: JSONValue = ["name": "a\"b", "list": ["x", [:], [], ["id": "1"]], "last": ""]
        #expect(String(decoding: stream.bytes, as: UTF8.self) == value.compact)
    }
}
