import SQLKit
import Testing

@testable import Payments

@Suite struct TaskPayloadTests {
    @Test(
        arguments: [
            ("nothing", [:], "{}"), ("one word", ["a": "b"], #"{"a":"b"}"#),
            ("sorted", ["b": "2", "a": "1", "c": ""], #"{"a":"1","b":"2","c":""}"#),
            ("beyond ASCII", ["имя": "Борщ, «:»{}"], #"{"имя":"Борщ, «:»{}"}"#),
            ("a quote", ["a": "\""], #"{"a":"\""}"#), ("a backslash", ["\\": "b"], #"{"\\":"b"}"#),
            ("a newline", ["a": "\n"], #"{"a":"\n"}"#),
        ] as [(String, [String: String], String)])
    func `a written payload is read back`(name: String, payload: [String: String], text: String) throws {
        #expect(try TaskPayload.value(payload) == .text(text))
        #expect(try TaskPayload.payload(text) == payload)
    }

    @Test(
        arguments: [
            ("spaces", #"{ "a" : "b" }"#, ["a": "b"]), ("an escape", #"{"a":"\u0062"}"#, ["a": "b"]),
        ] as [(String, String, [String: String])])
    func `other JSON is read, too`(name: String, text: String, payload: [String: String]) throws {
        #expect(try TaskPayload.payload(text) == payload)
    }

    @Test(arguments: ["", "x", "[]", #"{"a":1}"#, #"{"a":"b""#, #"{"a""b"}"#, #"{"a":"b";"c":"d"}"#, #"{"a":"b"}}"#])
    func `an invalid payload is refused`(text: String) {
        #expect(throws: SQLError.self) { try TaskPayload.payload(text) }
    }
}
