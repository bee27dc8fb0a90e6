import FoundationEssentials
import Testing

/// Compares `text` with the golden file of that name. `QRPAY_RECORD=1` writes the file instead and fails the test.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let path = "/\(folder)/Golden/\(name)"
    if ProcessInfo.processInfo.environment["QRPAY_RECORD"] == "1" {
        try Data(text.utf8).write(to: URL(filePath: path))
        Issue.record("recorded \(name)", sourceLocation: sourceLocation)
        return
    }
    let golden = try String(decoding: Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    #expect(text == golden, "differs from Golden/\(name)", sourceLocation: sourceLocation)
}
