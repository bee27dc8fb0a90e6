import HTTPKit
import OrderingCore

/// What the routes read from the path, the query and the headers.
enum Input {
    /// The login token, not yet verified; the document describes it as a security scheme.
    static let token = RouteInput<String> { try CallerToken.token(of: $0.request) }

    static let maximumWaitSeconds = 60
    static let wait = RouteField(
        "wait", "Seconds to wait for a change before answering", .integer(in: 0...maximumWaitSeconds)
    ).optionalInteger(in: 0...maximumWaitSeconds)

    static let seen = RouteField(
        "seen", "With wait: the ETag of the list already known; any other is a change", .string(to: 64)
    ).optional { text in text }

    static let idempotencyKey = RouteField(
        "Idempotency-Key", in: .header,
        "Makes a repetition the same request: it has no second effect, and the same answer",
        FieldForm.identifier.schema
    ).optional { text in text }

    static let ifMatch = RouteField(
        "If-Match", in: .header, "The ETag of the list of orders that the client has seen; 412 when there are others",
        .string(to: 64)
    ).optional { text in text }

    static let orderID = RouteField("id", in: .path, "The order", FieldForm.identifier.schema).text

    static let lastEventID = RouteField(
        "Last-Event-ID", in: .header, "The event that the client has received last; those after it follow",
        .integer(in: 0...1_000_000_000)
    ).optionalInteger(in: 0...1_000_000_000)
}

/// The version of a user's list of orders: how many there are, and how many of those shown have ended.
///
/// Both only grow, and they differ after every change.
struct ListTag: Hashable, Sendable {
    var orders: Int
    var ended: Int

    init(orders: Int, ended: Int) {
        self.orders = orders
        self.ended = ended
    }

    /// As in an `ETag`, with or without quotes.
    init?(_ text: String) {
        let parts = text.filter { $0 != "\"" }.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let orders = parts[0], let ended = parts[1], orders >= 0, ended >= 0 else { return nil }
        self.init(orders: orders, ended: ended)
    }

    var text: String { "\"\(orders).\(ended)\"" }
}

/// An entity tag of HTTP (RFC 9110, section 8.8.3).
enum EntityTag {
    /// Whether the text is one entity tag, weak or strong.
    static func isOne(_ text: String) -> Bool {
        let quoted = text.hasPrefix("W/") ? text.dropFirst(2) : text[...]
        let bytes = Array(quoted.utf8)
        guard bytes.count >= 2, bytes.first == UInt8(ascii: "\""), bytes.last == UInt8(ascii: "\"") else {
            return false
        }
        return bytes.dropFirst().dropLast().allSatisfy { $0 == 0x21 || (0x23...0x7E).contains($0) || $0 >= 0x80 }
    }
}
