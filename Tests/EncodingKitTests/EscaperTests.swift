import EncodingKit
import Foundation
import TestSupport
import Testing

/// Each escaper against an independent reader.
@Suite struct EscaperTests {
    /// Runs a Python program that reads lines of hexadecimal columns, and returns what it prints.
    private func python(_ program: String, _ rows: [[String]]) throws -> String {
        let folder = try TemporaryDirectory()
        let lines = rows.map { row in row.map { Hex.encode(Array($0.utf8)) }.joined(separator: " ") }
        let path = try folder.write(Array(lines.joined(separator: "\n").utf8), as: "rows")
        let script = """
            import sys
            for line in open(sys.argv[1]).read().split('\\n'):
                row = [bytes.fromhex(cell).decode('utf-8') for cell in line.split(' ')]
                def same(a, b):
                    if a != b: print(ascii(a), 'became', ascii(b))
            \(program.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n"))
            print('done')
            """
        let tool = try Tool("python3", "-c", script, path)
        return tool.output
    }

    @Test func `every text round-trips through CSV, formulas after an apostrophe`() throws {
        let rows = HostileText.texts(2000).map { text in
            [text, CSVText.line([.text("first"), .text(text), .number("-12.50")])]
        }
        let output = try python(
            """
            import csv, io
            records = list(csv.reader(io.StringIO(row[1], newline=''), strict=True))
            same(1, len(records))
            first, text, number = records[0]
            same(('first', '-12.50'), (first, number))
            same(row[0], text[1:] if text.startswith("'") and not row[0].startswith("'") else text)
            if row[0].lstrip(' ')[:1] in tuple('=+-@\\t\\r\\n'): same("'", text[:1])
            """, rows)
        #expect(output == "done\n", "\(output.prefix(2000))")
    }

    @Test func `every text round-trips through HTML, except characters that XML cannot represent`() throws {
        let rows = HostileText.texts(2000).map { [$0, Markup.escaped($0)] }
        let output = try python(
            """
            import html.parser, xml.dom.minidom, re
            held = re.sub('[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ufffe\\uffff]', '\\ufffd', row[0])
            document = '<a b="' + row[1] + '">' + row[1] + '</a>'
            element = xml.dom.minidom.parseString(document.encode('utf-8')).documentElement
            same(held, element.getAttribute('b'))
            same(held, ''.join(node.data for node in element.childNodes))
            seen = []
            class Reader(html.parser.HTMLParser):
                def handle_starttag(self, tag, attributes): seen.append((tag, attributes))
                def handle_endtag(self, tag): seen.append(tag)
                def handle_comment(self, data): seen.append('comment')
            Reader().feed(document)
            same([('a', [('b', held)]), 'a'], seen)
            """, rows)
        #expect(output == "done\n", "\(output.prefix(2000))")
    }

    @Test func `every text round-trips through percent-encoding`() throws {
        let rows = HostileText.texts(2000).map {
            [$0, PercentEncoding.encode($0), PercentEncoding.encode($0, allowing: "/")]
        }
        let output = try python(
            """
            import re, urllib.parse
            for text in row[1:]: same(row[0], urllib.parse.unquote(text, errors='strict'))
            same(urllib.parse.quote(row[0], safe=''), row[1])
            same(urllib.parse.quote(row[0], safe='/'), row[2])
            """, rows)
        #expect(output == "done\n", "\(output.prefix(2000))")
        for text in HostileText.texts(500) where !text.utf8.contains(0) {
            let back = PercentEncoding.decode(PercentEncoding.encode(text))
            #expect(back.map { HostileText.isSame($0, text) } == true)
        }
    }

    @Test func `any bytes round-trip through percent-encoding and hexadecimal`() {
        let bytes = (0...255).map { UInt8($0) }
        #expect(PercentEncoding.decodeLeniently(PercentEncoding.encode(bytes)) == bytes)
        #expect(PercentEncoding.decode(PercentEncoding.encode([0xFF])) == nil)
        #expect(Hex.decode(Hex.encode(bytes)) == bytes)
    }

    @Test(arguments: ["%", "%4", "%4g", "%%41", "%-1", "%+1", "% 1", "%\u{301}41", "%4\u{301}1"])
    func `a percent sign without two digits is rejected, or taken literally`(text: String) {
        #expect(PercentEncoding.decode(text) == nil)
        #expect(PercentEncoding.decodeLeniently(text).first == UInt8(ascii: "%"))
    }
}
