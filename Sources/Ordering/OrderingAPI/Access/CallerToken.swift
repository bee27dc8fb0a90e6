import HTTPKit
import JSONKit

extension RouteAccess {
    /// A user who has logged in; the handler finds out which one.
    static let user = RouteAccess("user", schemes: ["userBearer", "userCookie"], failures: [401])
    /// A service of this installation, with the key that all of them derive from its secret.
    static let service = RouteAccess("service", schemes: ["serviceKey"], failures: [401])
}

/// The login token of a request.
enum CallerToken {
    static let cookie = "accessToken"
    private static let length = 64

    /// The security schemes of the OpenAPI document.
    static let schemes: JSONValue = [
        "userBearer": ["type": "http", "scheme": "bearer"],
        "userCookie": ["type": "apiKey", "in": "cookie", "name": .string(cookie)],
    ]

    /// As sent, by `Authorization: Bearer` or else the cookie; not yet verified.
    /// - Throws: ``APIFailure`` when there is none, or it cannot be one.
    static func token(of request: HTTPServerRequest) throws -> String {
        let fields = request.headers.values("Authorization")
        let token = fields.isEmpty ? cookie(in: request.headers) : fields.count == 1 ? bearer(fields[0]) : nil
        guard let token, token.utf8.count == length, token.utf8.allSatisfy(isHex) else { throw APIFailure.noToken }
        return token
    }

    static func bearer(_ authorization: String) -> String? {
        let scheme = "bearer "
        guard authorization.prefix(scheme.count).lowercased() == scheme else { return nil }
        return String(authorization.dropFirst(scheme.count).drop { $0 == " " })
    }

    /// Nil when it is given twice: two readers could choose differently.
    private static func cookie(in headers: HTTPHeaders) -> String? {
        let texts = headers.values("Cookie").joined(separator: ";").split(separator: ";")
        let pairs = texts.map { text in text.drop { $0 == " " } }
        let values = pairs.filter { $0.hasPrefix("\(cookie)=") }.map { $0.dropFirst(cookie.count + 1) }
        return values.count == 1 ? String(values[0]) : nil
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }

    /// Scripts of pages cannot read it, and browsers send it from this site's own pages only.
    static func setCookie(_ token: String?) -> (name: String, value: String) {
        let age = token == nil ? "; Max-Age=0" : ""
        return ("Set-Cookie", "\(cookie)=\(token ?? ""); Path=/; HttpOnly; SameSite=Strict\(age)")
    }
}
