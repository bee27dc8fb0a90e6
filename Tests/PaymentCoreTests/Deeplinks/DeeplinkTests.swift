import PaymentCore
import Synchronization
import Testing

@Suite struct DeeplinkTests {
    static let hmac = String(repeating: "0af9", count: 16)
    static let url =
        "https://yandex-go.ru/go-pay/orders?order_id=o-1&restaurant_id=cafe.2&kid=k_3&hmac=\(hmac)"

    @Test func `links are written and read back`() throws {
        let link = try Deeplink(url: Self.url, base: Deeplink.defaultBase)
        #expect(link == (try Deeplink(orderID: "o-1", restaurantID: "cafe.2", kid: "k_3", hmac: Self.hmac)))
        #expect(link.url() == Self.url)
    }

    @Test(arguments: ["qrpay://pay", "http://127.0.0.1:80/a", "https://a/b?lang=ru", "https://пример.рф/заказ"])
    func `other bases`(base: String) throws {
        let link = try Deeplink(url: Self.url, base: Deeplink.defaultBase)
        #expect(try Deeplink(url: link.url(base: base), base: base) == link)
        #expect(throws: DeeplinkError.invalid) { try Deeplink(url: link.url(base: base), base: Deeplink.defaultBase) }
    }

    @Test func `parameters may be in any order`() throws {
        let url = "\(Deeplink.defaultBase)?hmac=\(Self.hmac)&kid=k_3&restaurant_id=cafe.2&order_id=o-1"
        #expect(try Deeplink(url: url, base: Deeplink.defaultBase).url() == Self.url)
    }

    @Test(arguments: [
        ("nothing", Self.url, ""), ("no query", "?order_id=o-1&restaurant_id=cafe.2&kid=k_3&hmac=\(Self.hmac)", ""),
        ("http", "https:", "http:"), ("upper-case scheme", "https:", "HTTPS:"),
        ("another host", "yandex-go.ru", "yandex-go.ru.evil"),
        ("credentials", "https://", "https://u@"), ("longer path", "/orders?", "/orders/?"),
        ("missing id", "order_id=o-1&", ""),
        ("missing key", "&kid=k_3", ""), ("missing signature", "&hmac=\(Self.hmac)", ""),
        ("unknown parameter", "&kid", "&a=b&kid"),
        ("repeated parameter", "&kid=k_3", "&kid=k_3&kid=k_3"), ("repeated with another value", "?", "?order_id=o-2&"),
        ("empty parameter", "&kid", "&&kid"), ("trailing ampersand", Self.hmac, "\(Self.hmac)&"),
        ("no equals sign", "&kid=k_3", "&kid"),
        ("empty id", "o-1", ""), ("colon in an id", "o-1", "o:1"), ("escaped id", "o-1", "%6F-1"),
        ("plus in an id", "o-1", "o+1"),
        ("a parent directory", "o-1", ".."), ("too long an id", "o-1", String(repeating: "o", count: 65)),
        ("blank in an id", "o-1", "o 1"),
        ("line end", "o-1", "o-1\n"), ("NUL", "o-1", "o-1\u{0}"), ("Cyrillic id", "o-1", "о-1"),
        ("accented id", "o-1", "o\u{301}-1"),
        ("bad kid", "k_3", "k/3"), ("upper-case digits", Self.hmac, Self.hmac.uppercased()),
        ("63 digits", Self.hmac, String(Self.hmac.dropLast())),
        ("65 digits", Self.hmac, Self.hmac + "0"), ("no hexadecimal", "0af9", "0ag9"),
        ("fragment", Self.hmac, "\(Self.hmac)#a"),
        ("upper-case name", "order_id", "Order_id"), ("escaped name", "order_id", "order%5Fid"),
        ("value with equals sign", "o-1", "o=1"),
    ])
    func `refused`(name: String, part: String, replacement: String) throws {
        var url = Self.url
        url.replaceSubrange(try #require(url.firstRange(of: part)), with: replacement)
        #expect(throws: DeeplinkError.invalid) { try Deeplink(url: url, base: Deeplink.defaultBase) }
    }
}

@Suite struct DeeplinkSignerTests {
    static let old = DeeplinkKey(kid: "2025", secret: [1, 2, 3])
    static let new = DeeplinkKey(kid: "2026", secret: [4, 5, 6])

    /// Not a real HMAC: the message and the key, folded into 32 bytes.
    static let fold: @Sendable ([UInt8], [UInt8]) -> [UInt8] = { message, key in
        var code = [UInt8](repeating: 0x5A, count: 32)
        for (index, byte) in (message + [0] + key).enumerated() { code[index % 32] = code[index % 32] &* 31 &+ byte }
        return code
    }

    func signer(_ keys: [DeeplinkKey]) -> DeeplinkSigner {
        DeeplinkSigner(keys: keys, authenticate: Self.fold, equals: { $0 == $1 })
    }

    @Test func `signs with the newest key`() throws {
        let link = signer([Self.new, Self.old]).sign(orderID: "o", restaurantID: "r")
        #expect(link.kid == "2026")
        let code = Self.fold(Array("o:r".utf8), [4, 5, 6])
        #expect(link.hmac == code.map { String($0 >> 4, radix: 16) + String($0 & 0xF, radix: 16) }.joined())
    }

    @Test func `verifies with both keys`() throws {
        let link = signer([Self.old]).sign(orderID: "o", restaurantID: "r")
        try signer([Self.new, Self.old]).verify(link)
        try signer([Self.old]).verify(link)
        #expect(throws: DeeplinkError.invalid) { try signer([Self.new]).verify(link) }
    }

    @Test(
        arguments: [
            ("another order", "o2", "r", "2026", nil), ("another restaurant", "o", "r2", "2026", nil),
            ("parts swapped", "r", "o", "2026", nil),
            ("the other key", "o", "r", "2025", nil), ("an unknown key", "o", "r", "2027", nil),
            ("another signature", "o", "r", "2026", String(repeating: "0", count: 64)),
        ] as [(String, String, String, String, String?)])
    func `mismatches`(name: String, orderID: String, restaurantID: String, kid: String, hmac: String?) throws {
        let signer = signer([Self.new, Self.old])
        let genuine = signer.sign(orderID: "o", restaurantID: "r")
        let link = try Deeplink(orderID: orderID, restaurantID: restaurantID, kid: kid, hmac: hmac ?? genuine.hmac)
        #expect(throws: DeeplinkError.invalid) { try signer.verify(link) }
    }

    @Test(arguments: ["2026", "2025", "2027"]) func `every verdict takes one comparison`(kid: String) throws {
        let counting = Counter()
        let signer = DeeplinkSigner(
            keys: [Self.new, Self.old],
            authenticate: { message, key in
                counting.codes.withLock { $0 += 1 }
                return Self.fold(message, key)
            },
            equals: { left, right in
                counting.comparisons.withLock { $0 += 1 }
                return left == right
            })
        let link = try Deeplink(orderID: "o", restaurantID: "r", kid: kid, hmac: String(repeating: "0", count: 64))
        #expect(throws: DeeplinkError.invalid) { try signer.verify(link) }
        #expect(counting.codes.withLock { $0 } == 1)
        #expect(counting.comparisons.withLock { $0 } == 1)
    }

    @Test func `the secret does not appear in descriptions`() {
        let key = DeeplinkKey(kid: "k", secret: Array("swordfish".utf8))
        var dumped = ""
        dump(key, to: &dumped)
        dump(signer([key]), to: &dumped)
        for text in [
            "\(key)", String(reflecting: key), String(reflecting: [key]), String(describing: signer([key])), dumped,
        ] {
            #expect(!text.contains("115") && !text.contains("swordfish"))  // 115 is its first byte
        }
    }
}

private final class Counter: Sendable {
    let codes = Mutex(0)
    let comparisons = Mutex(0)
}
