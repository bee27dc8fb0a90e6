import JSONKit

/// A partner's error response: `{"code": "key_reused", "message": "…"}`.
package struct PartnerProblem: Codable, Hashable, Sendable {
    /// A stable word of `a-z 0-9 _`.
    package var code: String
    package var message: String

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    /// Reads the body of a 4xx of any origin; a body that is not such JSON becomes `http_<status>`.
    ///
    /// S3 answers in XML; its `<Code>` is used as it is, `NoSuchKey`.
    package init(untrusted body: [UInt8], status: Int) {
        let fallback = PartnerProblem(code: "http_\(status)", message: "answered \(status)")
        if body.count > Self.maximumBodyBytes {
            self = fallback
        } else if let problem = try? JSON.message(PartnerProblem.self, from: body) {
            self = problem
        } else if let code = Self.element("Code", in: body) {
            self.init(code: code, message: Self.element("Message", in: body) ?? fallback.message)
        } else {
            self = fallback
        }
        message = Self.printable(message)
        if !Self.isWord(code) { code = fallback.code }
    }

    private static let maximumBodyBytes = 64 << 10
    private static let maximumMessageCharacters = 200

    private static func isWord(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// Limited in length, and with every control and formatting character replaced.
    private static func printable(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(maximumMessageCharacters).map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: "\u{FFFD}"
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    private static func element(_ name: String, in body: [UInt8]) -> String? {
        let text = String(decoding: body, as: UTF8.self)
        guard let start = text.firstRange(of: "<\(name)>"),
            let end = text[start.upperBound...].firstRange(of: "</\(name)>")
        else { return nil }
        return String(text[start.upperBound..<end.lowerBound])
    }
}
