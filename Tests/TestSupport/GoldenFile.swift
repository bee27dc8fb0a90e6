import FoundationEssentials

/// A text that stands in a file, to be compared with what the program makes of it now.
package struct GoldenFile: Sendable {
    package let path: String

    package init(_ path: String) { self.path = path }

    package func text() throws -> String { String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self) }

    /// Compares `text` with the file. With `QRPAY_RECORD=1` it is written instead, and that is a difference too, so
    /// that a rewrite is never mistaken for a pass.
    /// - Returns: what differs, nil when nothing does.
    package func difference(from text: String) -> String? {
        if ProcessInfo.processInfo.environment["QRPAY_RECORD"] == "1" {
            do { try Data(text.utf8).write(to: URL(filePath: path)) } catch { return "\(path): \(error)" }
            return "recorded \(path)"
        }
        guard let golden = try? self.text() else { return "there is no \(path)" }
        return Self.firstDifference(golden, text).map { "\(path), \($0)" }
    }

    /// The first line that is another one; nil for equal texts.
    static func firstDifference(_ golden: String, _ text: String) -> String? {
        guard golden != text else { return nil }
        let left = golden.split(separator: "\n", omittingEmptySubsequences: false)
        let right = text.split(separator: "\n", omittingEmptySubsequences: false)
        let same = zip(left, right).enumerated().first { $1.0 != $1.1 }?.offset ?? min(left.count, right.count)
        func line(_ lines: [Substring]) -> String { same < lines.count ? "\"\(lines[same])\"" : "the end" }
        return "line \(same + 1): expected \(line(left)), is \(line(right))"
    }
}
