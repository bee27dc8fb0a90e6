import Glibc

/// Serializes responses as HTTP/1.1; one per thread, because it caches the Date field.
struct HTTPResponseWriter {
    private var second = 0
    private var date: [UInt8] = []

    /// The bytes of `response` to send.
    /// - Parameters:
    ///   - isHead: whether the request was a `HEAD`: the length is stated, the body omitted.
    ///   - stream: how the body follows that is written later; nil for the response's own.
    ///   - sentBytes: how much of the body to send.
    /// - Returns: nil if the response cannot be represented in HTTP.
    mutating func bytes(
        _ response: HTTPResponse, isHead: Bool, isLast: Bool, stream: Stream? = nil, sentBytes: Int = .max
    ) -> [UInt8]? {
        guard (200...599).contains(response.status) else { return nil }
        let hasBody = response.status != 204 && response.status != 304
        let body = hasBody && stream == nil ? response.body : []
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256 + body.count)
        bytes += "HTTP/1.1 \(response.status) ".utf8
        bytes += Self.reason(response.status).utf8
        bytes += "\r\nDate: ".utf8
        bytes += currentDate()
        bytes += "\r\n".utf8
        if isLast { bytes += "Connection: close\r\n".utf8 }
        switch stream {
        case nil: if hasBody { bytes += "Content-Length: \(body.count)\r\n".utf8 }
        case .chunked: bytes += "Transfer-Encoding: chunked\r\n".utf8
        case .untilClose: break
        }
        for field in response.headers.fields where !Self.isReserved(field.name) {
            guard Grammar.isToken(field.name.utf8), Grammar.isFieldValue(field.value.utf8) else { return nil }
            bytes += field.name.utf8
            bytes += ": ".utf8
            bytes += field.value.utf8
            bytes += "\r\n".utf8
        }
        bytes += "\r\n".utf8
        if !isHead { bytes += body.prefix(max(0, sentBytes)) }
        return bytes
    }

    /// How the end of a streamed body is told.
    enum Stream {
        case chunked, untilClose
    }

    /// A piece of a streamed body (RFC 9112, section 7.1); an empty one ends the body.
    static func chunk(_ piece: [UInt8]) -> [UInt8] {
        Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + Array("\r\n".utf8)
    }

    /// Fields that only the server sets: framing and connection.
    private static func isReserved(_ name: String) -> Bool {
        switch name.utf8.count {
        case 4, 10, 14, 17: reserved.contains(name.lowercased())
        default: false
        }
    }

    private static let reserved: Set = ["content-length", "transfer-encoding", "connection", "date"]

    /// RFC 9110, section 5.6.7.
    private mutating func currentDate() -> [UInt8] {
        var now = time(nil)
        guard now != second || date.isEmpty else { return date }
        var parts = tm()
        gmtime_r(&now, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)])"
        let clock = "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
        second = now
        date = Array("\(day) \(Int(parts.tm_year) + 1900) \(clock) GMT".utf8)
        return date
    }

    private static func reason(_ status: Int) -> String { reasons[status] ?? "Status" }

    private static let reasons: [Int: String] = [
        200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content", 304: "Not Modified",
        400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
        405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict", 411: "Length Required",
        412: "Precondition Failed", 413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type",
        417: "Expectation Failed", 422: "Unprocessable Content", 429: "Too Many Requests",
        431: "Request Header Fields Too Large", 500: "Internal Server Error", 501: "Not Implemented",
        502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout", 505: "HTTP Version Not Supported",
    ]
}
