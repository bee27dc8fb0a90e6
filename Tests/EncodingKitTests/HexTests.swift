import EncodingKit
import Testing

@Suite struct HexTests {
    @Test(
        arguments: [
            ("nothing", [], ""), ("a leading zero", [0x0A], "0a"),
            ("every digit", [0x01, 0x23, 0x45, 0x67, 0x89], "0123456789"),
            ("the ends", [0x00, 0xFF], "00ff"), ("letters", [0xAB, 0xCD, 0xEF], "abcdef"),
        ] as [(String, [UInt8], String)])
    func `bytes are encoded and decoded`(name: String, bytes: [UInt8], text: String) {
        #expect(Hex.encode(bytes) == text)
        #expect(Hex.decode(text) == bytes)
    }

    @Test func `upper case is read`() { #expect(Hex.decode("ABcd") == [0xAB, 0xCD]) }

    @Test(arguments: ["0", "abc", "0g", "g0", " 00", "0x00", "ａ0", "--", "/0", ":0", "@0", "`0"])
    func `text that is not hexadecimal is rejected`(text: String) { #expect(Hex.decode(text) == nil) }
}
