import EncodingKit
import Testing

@Suite struct TextEncodingTests {
    @Test(
        arguments: [
            ("UTF-8", Array("счёт".utf8), "счёт"), ("UTF-8 with a mark", [0xEF, 0xBB, 0xBF, 0x61], "a"),
            ("UTF-16, low byte first", [0xFF, 0xFE, 0x30, 0x04], "а"),
            ("UTF-16, high byte first", [0xFE, 0xFF, 0x04, 0x30], "а"),
            ("half a unit", [0xFF, 0xFE, 0x30], nil), ("half a pair", [0xFF, 0xFE, 0x00, 0xD8], nil),
            ("not UTF-8", [0x61, 0xFF], "a\u{FFFD}"), ("nothing", [], ""),
        ] as [(String, [UInt8], String?)])
    func `text is decoded by its byte order mark`(name: String, bytes: [UInt8], text: String?) {
        #expect(TextEncoding.text(of: bytes) == text)
    }

    @Test(
        arguments: [
            ("letters", [0xD1, 0xF7, 0xB8, 0xF2], "Счёт"), ("signs", [0xAB, 0xBB, 0xB9, 0x88], "«»№€"),
            ("an undefined byte", [0x98], nil), ("a control character", [0x07], nil),
            ("lines", [0x61, 0x0D, 0x0A], "a\r\n"),
        ] as [(String, [UInt8], String?)])
    func `Windows-1251 is decoded`(name: String, bytes: [UInt8], text: String?) {
        #expect(TextEncoding.windows1251.utf8(bytes).map { String(decoding: $0, as: UTF8.self) } == text)
    }

    @Test(
        arguments: [
            ("ASCII, low byte first", [0x61, 0, 0x62, 0], .utf16LittleEndian),
            ("ASCII, high byte first", [0, 0x61, 0, 0x62], .utf16BigEndian), ("UTF-8", [0x61, 0x62, 0x63, 0x64], nil),
            ("too short", [0x61, 0, 0x62], nil),
        ] as [(String, [UInt8], TextEncoding?)])
    func `UTF-16 is recognized without a mark`(name: String, bytes: [UInt8], encoding: TextEncoding?) {
        #expect(TextEncoding.unmarked(bytes) == encoding)
    }
}
