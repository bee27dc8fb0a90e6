/// Where a partner is reached, and how long one exchange with it may take.
package struct PartnerEndpoint: Hashable, Sendable {
    /// Scheme, host, port and perhaps a path; a trailing slash makes no difference.
    package var baseURL: String
    package var timeoutSeconds: Double

    package init(baseURL: String, timeoutSeconds: Double = 5) {
        self.baseURL = baseURL
        self.timeoutSeconds = timeoutSeconds
    }

    /// The absolute URL of a resource below the base; segments and query values are percent-encoded here.
    func url(_ path: [String], query: [(name: String, value: String)] = []) -> String {
        var base = baseURL[...]
        while base.last == "/" { base.removeLast() }
        let pairs = query.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
        return base + PercentEncoding.path(path) + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    }
}

/// Percent-encoding of everything but the unreserved characters of RFC 3986, section 2.3.
package enum PercentEncoding {
    package static func encode(_ text: String) -> String {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if isUnreserved(byte) {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// The segments, each behind a slash, `"/v1/orders/a%2Fb"`.
    package static func path(_ segments: [String]) -> String {
        segments.map { "/" + encode($0) }.joined()
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
