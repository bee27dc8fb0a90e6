import CommandLineKit

/// Wraps text for a terminal.
enum TextLines {
    /// Lines of at most `width` columns, broken at spaces, and within a word only if it is longer than a line.
    static func wrap(_ text: String, to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        var room = width
        for word in text.split(separator: " ") {
            let columns = TerminalText.width(String(word))
            // A word longer than a line is broken.
            if line.isEmpty || columns < room || columns > width {
                line += line.isEmpty ? word : " \(word)"
            } else {
                lines.append(line)
                line = String(word)
            }
            while TerminalText.width(line) > width { lines.append(takeLine(of: &line, width)) }
            room = width - TerminalText.width(line)
        }
        return line.isEmpty ? lines : lines + [line]
    }

    private static func takeLine(of text: inout String, _ width: Int) -> String {
        var (end, used) = (text.startIndex, 0)
        while end < text.endIndex {
            used += TerminalText.width(String(text[end]))
            if used > width, end > text.startIndex { break }
            end = text.index(after: end)
        }
        defer { text.removeSubrange(..<end) }
        return String(text[..<end])
    }
}
