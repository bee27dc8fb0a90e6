import JSONKit

/// The body of `POST /orders/list`.
struct OrdersQuestion: Codable, Sendable {
    /// The restaurant; also implied by the key.
    var clientID: String?
    var orders: [String]

    enum CodingKeys: String, CodingKey {
        case clientID = "client_id"
        case orders
    }
}

extension OrdersQuestion {
    /// A `client_id` may be omitted, but not null.
    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        if members.contains(.clientID) { clientID = try members.decode(String.self, forKey: .clientID) }
        orders = try members.decode([String].self, forKey: .orders)
    }

    /// Reads the usual form, several times faster than a JSON decoder: an object of one or both members, strings of
    /// visible ASCII without escapes. Nil for everything else, which is left to a decoder.
    static func plain(_ bytes: [UInt8]) -> OrdersQuestion? {
        bytes.withUnsafeBufferPointer { buffer in
            var reader = PlainReader(bytes: buffer)
            return reader.question()
        }
    }
}

private struct PlainReader {
    let bytes: UnsafeBufferPointer<UInt8>
    var offset = 0

    mutating func question() -> OrdersQuestion? {
        guard take(UInt8(ascii: "{")) else { return nil }
        var clientID: String?
        var orders: [String]?
        repeat {
            guard let name = string(), take(UInt8(ascii: ":")) else { return nil }
            switch name {
            case "client_id" where clientID == nil:
                guard let text = string() else { return nil }
                clientID = text
            case "orders" where orders == nil:
                guard let texts = strings() else { return nil }
                orders = texts
            default: return nil
            }
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")), let orders else { return nil }
        skipBlanks()
        return offset == bytes.count ? OrdersQuestion(clientID: clientID, orders: orders) : nil
    }

    private mutating func strings() -> [String]? {
        guard take(UInt8(ascii: "[")) else { return nil }
        var texts: [String] = []
        if take(UInt8(ascii: "]")) { return texts }
        texts.reserveCapacity(16)
        repeat {
            guard let text = string() else { return nil }
            texts.append(text)
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "]")) ? texts : nil
    }

    private mutating func string() -> String? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = offset
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "\"") {
            guard (0x20...0x7E).contains(bytes[offset]), bytes[offset] != UInt8(ascii: "\\") else { return nil }
            offset += 1
        }
        guard offset < bytes.count else { return nil }
        defer { offset += 1 }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    /// Skips whitespace, and `byte` if it is next.
    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard offset < bytes.count, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }

    private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    private mutating func skipBlanks() {
        while offset < bytes.count, isBlank(bytes[offset]) { offset += 1 }
    }
}
