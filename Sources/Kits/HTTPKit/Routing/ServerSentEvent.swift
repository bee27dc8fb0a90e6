/// One event of a `text/event-stream` (WHATWG HTML, section 9.2).
package struct ServerSentEvent: Hashable, Sendable {
    /// What a client that comes back sends as `Last-Event-ID`; without line ends and NUL.
    package var id: String?
    /// The name that its listeners have registered for; without line ends.
    package var name: String?
    package var data: String

    package init(id: String? = nil, name: String? = nil, data: String) {
        self.id = id
        self.name = name
        self.data = data
    }

    package static let contentType = "text/event-stream"

    /// What keeps a quiet stream alive, and shows a writer that its client is gone.
    package static let comment = Array(":\n\n".utf8)

    /// How long a client waits before it comes back, in milliseconds.
    package static func retry(milliseconds: Int) -> [UInt8] { Array("retry: \(milliseconds)\n\n".utf8) }

    /// The lines to send. Line ends within the data begin further lines of data; in the other fields they are left out.
    package var bytes: [UInt8] {
        var text = ""
        for (field, value) in [("id", id), ("event", name)] {
            guard let value else { continue }
            let line = String(
                String.UnicodeScalarView(value.unicodeScalars.filter { !"\r\n\0".unicodeScalars.contains($0) }))
            text += "\(field): \(line)\n"
        }
        var isFirst = true
        for line in Self.lines(data) {
            text += "\(isFirst ? "" : "\n")data: \(line)"
            isFirst = false
        }
        return Array("\(text)\n\n".utf8)
    }

    /// Split at CR LF, CR and LF.
    private static func lines(_ text: String) -> [String] {
        var lines: [String] = [""]
        var isAfterReturn = false
        for scalar in text.unicodeScalars {
            if scalar == "\n", isAfterReturn {
                isAfterReturn = false
                continue
            }
            isAfterReturn = scalar == "\r"
            if scalar == "\n" || scalar == "\r" {
                lines.append("")
            } else {
                lines[lines.count - 1].unicodeScalars.append(scalar)
            }
        }
        return lines
    }
}
