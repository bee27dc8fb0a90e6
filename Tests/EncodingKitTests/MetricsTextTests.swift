import TestSupport
import Testing

@testable import EncodingKit

@Suite struct MetricsTextTests {
    @Test func `every label comes out of the exposition format as it went in, on one line`() {
        for label in HostileText.texts(1000) {
            var metrics = MetricsText()
            metrics.sample("up", [("name", label)], "1")
            let line = metrics.text
            #expect(line.utf8.count { $0 == UInt8(ascii: "\n") } == 1, "\(line.debugDescription)")
            // Between the quotes, as Prometheus reads it: only \\, \" and \n are escapes.
            var (value, rest) = ([UInt8](), line.utf8.dropFirst("up{name=\"".utf8.count))
            while var byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
                if byte == UInt8(ascii: "\\") {
                    byte = rest.popFirst() ?? 0
                    if byte == UInt8(ascii: "n") { byte = UInt8(ascii: "\n") }
                }
                value.append(byte)
            }
            #expect(value.elementsEqual(label.utf8) && rest.elementsEqual("} 1\n".utf8), "\(line.debugDescription)")
        }
    }
}
