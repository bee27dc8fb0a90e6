import CommandLineKit
import JSONKit
import TestSupport
import Testing

@testable import QRPayCLI

@Suite struct JSONTextTests {
    private static var items: [JSONObject] {
        [
            ["b": 1, "a": "x/y", "none": nil, "empty": [String](), "list": ["1", "2"]],
            ["text": "line\nbreak \u{202E} é \u{7F}", "nested": ["c": [JSONObject]()] as JSONObject], [:],
        ]
    }

    @Test(arguments: 0...3)
    func `a list in pieces equals the whole list`(count: Int) throws {
        let items = Array(Self.items.prefix(count))
        let recorder = Recorder()
        try JSONText.write(items, to: recorder.sink)
        #expect(recorder.text == (try JSONText.render(items).text))
    }

    @Test func `a long list is written in pieces`() throws {
        let recorder = Recorder()
        let items = Array(repeating: Self.items[0], count: 3000)
        try JSONText.write(items, to: recorder.sink)
        #expect(recorder.text == (try JSONText.render(items).text))
        #expect(throws: ClosedPipe.self) { try JSONText.write(items, to: OutputSink { _ in throw ClosedPipe() }) }
    }

    @Test func `invisible characters are escaped`() throws {
        #expect(try JSONText.render(["a": "\u{202E}\u{7F}é"]) == "{\n  \"a\" : \"\\u202e\\u007fé\"\n}\n")
    }
}
