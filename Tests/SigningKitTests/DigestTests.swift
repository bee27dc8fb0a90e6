import EncodingKit
import SigningKit
import Testing

@Suite struct DigestTests {
    /// NIST's examples for SHA-256 (FIPS 180-4; CAVP byte-oriented vectors).
    @Test(arguments: [
        ("empty", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "two blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "a million times a", String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ])
    func `SHA-256 has the published values`(name: String, message: String, expected: String) {
        #expect(Hex.encode(SHA256.digest(Array(message.utf8))) == expected)
    }

    /// RFC 4231, sections 4.2 to 4.8.
    @Test(
        arguments: [
            (
                "1", [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                "2, a short key", Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                "3", [UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
            ),
            (
                "4", [UInt8](1...25), [UInt8](repeating: 0xCD, count: 50),
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
            ),
            (
                "6, a key longer than a block", [UInt8](repeating: 0xAA, count: 131),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
            (
                "7, key and message longer than a block", [UInt8](repeating: 0xAA, count: 131),
                Array(
                    ("This is a test using a larger than block-size key and a larger than block-size data. The key "
                        + "needs to be hashed before being used by the HMAC algorithm.").utf8),
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
            ),
            ("no key, no message", [], [], "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
        ] as [(String, [UInt8], [UInt8], String)])
    func `HMAC-SHA-256 has the published values`(name: String, key: [UInt8], message: [UInt8], expected: String) {
        #expect(Hex.encode(HMACSHA256.authenticate(message, key: key)) == expected)
    }

    @Test(
        arguments: [
            ("same", [1, 2, 3], [1, 2, 3], true), ("both empty", [], [], true),
            ("last differs", [1, 2, 3], [1, 2, 4], false),
            ("first differs", [0, 2, 3], [1, 2, 3], false), ("a prefix", [1, 2], [1, 2, 3], false),
            ("one empty", [], [0], false),
        ] as [(String, [UInt8], [UInt8], Bool)])
    func `constant-time comparison tells equal bytes from different ones`(
        name: String, left: [UInt8], right: [UInt8], expected: Bool
    ) {
        #expect(ConstantTime.equals(left, right) == expected)
        #expect(ConstantTime.equals(right, left) == expected)
    }

    @Test func `the library reports its version`() throws {
        #expect(try CryptoLibrary.version().hasPrefix("OpenSSL 3"))
    }
}
