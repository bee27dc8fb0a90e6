import Foundation
import TestSupport
import Testing

@testable import CommandLineKit

/// Text in generated scripts and man pages, as read by the programs that interpret them.
@Suite struct QuotingTests {
    @Test(arguments: ["sh", "bash", "zsh"])
    func `every word round-trips through a shell`(shell: String) throws {
        guard let tool = Tool(shell) else { return }
        let folder = try TemporaryDirectory()
        // Shell words cannot contain NUL.
        let texts = HostileText.texts(1000).filter { !$0.utf8.contains(0) }
        let words = texts.map { "printf '%s\\0' \(CompletionScript.quoted($0))\n" }.joined()
        let script = folder.file("words")
        try Data(words.utf8).write(to: URL(filePath: script))
        let output = try tool.run([script], in: folder.path).output
        let read = output.utf8.split(separator: 0, omittingEmptySubsequences: false).dropLast()
        #expect(read.count == texts.count)
        for (text, back) in zip(texts, read) { #expect(back.elementsEqual(text.utf8), "\(text.debugDescription)") }
    }

    @Test func `each special character is escaped, with or without a combining mark`() {
        for text in HostileText.texts(1000) {
            let escaped = CompletionScript.escaping("\\'", in: text)
            var (back, rest) = ([UInt8](), escaped.utf8[...])
            while var byte = rest.popFirst() {
                #expect(byte != UInt8(ascii: "'"), "\(escaped.debugDescription)")
                if byte == UInt8(ascii: "\\") { byte = rest.popFirst() ?? 0 }
                back.append(byte)
            }
            #expect(back.elementsEqual(text.utf8), "\(escaped.debugDescription)")
        }
    }

    @Test func `no text begins a roff request or ends its line`() {
        for text in HostileText.texts(1000) {
            let lines = Roff.text(text) + [Roff.literal(text), "." + Roff.arguments(text)]
            for line in lines {
                #expect(!line.utf8.contains { $0 < 0x20 || $0 >= 0x7F }, "\(line.debugDescription)")
            }
            for line in lines.dropLast() {
                #expect(line.utf8.first != UInt8(ascii: ".") && line.utf8.first != UInt8(ascii: "'"), "\(line)")
            }
            #expect(lines.last?.contains("\"") == false)
        }
    }

    @Test func `interpolated text is escaped, literals are not`() {
        let hostile = "a\u{1B}[31m\n\tb\u{202E}"
        let text: TerminalText = "\t\(hostile)\n\(TextStyle(isEnabled: true).red(hostile))\(1)\(hostile.prefix(2))"
        let safe = "a\\u{1B}[31m\\n\\tb\\u{202E}"
        #expect(text.text == "\t\(safe)\n\u{1B}[31m\(safe)\u{1B}[0m1a\\u{1B}")
        #expect(("\(text)" as TerminalText) == text && text + "" == text && [text].joined(separator: ", ") == text)
    }

    @Test func `only line feeds are kept in lines of text`() {
        #expect(TerminalText(lines: "a\n\u{301}b\r\nc\u{1B}\n").text == "a\n\u{301}b\\r\nc\\u{1B}\n")
        for text in HostileText.texts(1000) {
            let safe = TerminalText(lines: text).text
            #expect(safe.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x0A }, "\(safe)")
            #expect(safe.utf8.count { $0 == 0x0A } == text.utf8.count { $0 == 0x0A })
        }
    }
}
