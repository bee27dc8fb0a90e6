import JSONKit
import Testing

@Suite struct JSONWordsTests {
    @Test(
        arguments: [
            ("nothing", [:], "{}"), ("one word", ["a": "b"], #"{"a":"b"}"#),
            ("sorted", ["b": "2", "a": "1", "c": ""], #"{"a":"1","b":"2","c":""}"#),
            ("beyond ASCII", ["имя": "Борщ, «:»{}"], #"{"имя":"Борщ, «:»{}"}"#),
            ("a quote", ["a": "\""], #"{"a":"\""}"#), ("a backslash", ["\\": "b"], #"{"\\":"b"}"#),
            ("a newline", ["a": "\n"], #"{"a":"\n"}"#),
            (
                "sorted by bytes", ["б": "\"", "b": "\u{1}\t", "a/": "\u{200B}é"],
                #"{"a/":"​é","b":"\u0001\t","б":"\""}"#
            ),
        ] as [(String, [String: String], String)])
    func `a written words is read back`(name: String, words: [String: String], text: String) throws {
        #expect(JSONWords.text(words) == text)
        #expect(try JSON.encode(words) == Array(text.utf8))
        #expect(try JSONWords.words(text) == words)
    }

    @Test(
        arguments: [
            ("spaces", #"{ "a" : "b" }"#, ["a": "b"]), ("an escape", #"{"a":"\u0062"}"#, ["a": "b"]),
        ] as [(String, String, [String: String])])
    func `other JSON is read, too`(name: String, text: String, words: [String: String]) throws {
        #expect(try JSONWords.words(text) == words)
    }

    @Test(arguments: ["", "x", "[]", #"{"a":1}"#, #"{"a":"b""#, #"{"a""b"}"#, #"{"a":"b";"c":"d"}"#, #"{"a":"b"}}"#])
    func `anything but an object of texts is refused`(text: String) {
        #expect(throws: (any Error).self) { try JSONWords.words(text) }
    }
}
