/// The parts of a discussion: paragraphs to fill and verbatim lines.
enum Prose: Equatable {
    case paragraph(String)
    /// Indented lines, without their common indentation.
    case verbatim([String])

    /// Splits a text at blank lines. A part whose first line is indented is verbatim.
    static func parts(of text: String) -> [Prose] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.split { $0.allSatisfy { $0 == " " } }.map { part in
            guard part.first?.first == " " else {
                return .paragraph(part.map { trimmed($0) }.joined(separator: " "))
            }
            let indentation = part.map { $0.prefix { $0 == " " }.count }.min() ?? 0
            return .verbatim(part.map { String($0.dropFirst(indentation)) })
        }
    }

    /// Wraps a paragraph at spaces into lines of at most `width` columns; a longer word has its own line.
    ///
    /// - Parameter notes: appended to the paragraph; a note that fits on a line is not broken.
    static func wrapped(_ text: String, notes: [String] = [], width: Int) -> [String] {
        var lines: [String] = []
        var used = 0
        let words = text.split(separator: " ")
        let kept = notes.flatMap { TerminalText.width($0) <= width ? [$0[...]] : $0.split(separator: " ") }
        for word in words + kept {
            let columns = TerminalText.width(String(word))
            if let last = lines.indices.last, used + 1 + columns <= width {
                lines[last] += " \(word)"
                used += 1 + columns
            } else {
                lines.append(String(word))
                used = columns
            }
        }
        return lines
    }

    private static func trimmed(_ line: Substring) -> Substring {
        let start = line.drop { $0 == " " }
        return start[..<(start.lastIndex { $0 != " " }.map { start.index(after: $0) } ?? start.startIndex)]
    }
}
