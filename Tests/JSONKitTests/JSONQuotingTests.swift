import Foundation
import TestSupport
import Testing

@testable import JSONKit

@Suite struct JSONQuotingTests {
    @Test func `every text round-trips through JSON, which contains no control characters`() throws {
        for text in HostileText.texts(3000) {
            let json = JSONValue.quoted(text)
            let other = try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed) as? String
            #expect(other.map { HostileText.isSame($0, text) } == true, "\(json)")
            guard case .string(let own) = try JSONValue(parsing: Array(json.utf8), as: .interoperable) else {
                #expect(Bool(false), "\(json)")
                continue
            }
            #expect(HostileText.isSame(own, text), "\(json)")
            #expect(!json.unicodeScalars.contains(where: isActive), "\(json)")
        }
    }

    @Test func `characters that the encoder leaves unescaped are escaped without changing the value`() throws {
        for text in HostileText.texts(1000) {
            let json = JSONValue.array([.string(text)]).display(isIndented: true)
            #expect(!json.unicodeScalars.contains { $0 != "\n" && isActive($0) }, "\(json)")
            let read = try JSON.decode([String].self, from: Array(json.utf8))
            #expect(read.count == 1 && HostileText.isSame(read[0], text), "\(json)")
        }
    }

    @Test func `indented, one-line and compact text represent the same value`() throws {
        for text in HostileText.texts(300) {
            let value: JSONValue = ["\(text)": [.string(text), 1, true, .null, ["a": "\(text)"]], "b": []]
            for json in [value.text, value.line, value.compact] {
                #expect(try JSONValue(parsing: Array(json.utf8), as: .interoperable) == value, "\(json)")
            }
        }
    }

    private func isActive(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
