import EncodingKit
import HTTPKit
import Testing

@Suite("Percent-encoding and queries")
struct PercentEncodingTests {
    @Test(arguments: [
        ("aZ09-._~", "", "aZ09-._~"), ("a b+c/d", "", "a%20b%2Bc%2Fd"), ("a/b:c", "/", "a/b%3Ac"),
        (
            "счёт", "",
            "%D1%81%D1%87%D1%91%D1%82"
        ), ("%", "", "%25"), ("\u{0}\n", "", "%00%0A"), ("é", "é", "%C3%A9"), ("", "", ""),
    ])
    func `all but unreserved and allowed characters are encoded`(_ text: String, _ allowed: String, _ encoded: String) {
        #expect(PercentEncoding.encode(text, allowing: allowed) == encoded)
    }

    @Test(
        arguments: [
            ("a%20b", "a b"), ("%D1%81%d1%87", "сч"), ("a+b", "a+b"), ("", ""), ("%2525", "%25"), ("%", nil),
            ("%4", nil),
            ("%4g", nil), ("%+1", nil), ("% 1", nil), ("%ff", nil), ("%c0%af", nil), ("%ed%a0%80", nil), ("%00", nil),
        ] as [(String, String?)])
    func `only well-formed text is decoded`(_ encoded: String, _ text: String?) {
        #expect(PercentEncoding.decode(encoded) == text)
    }

    @Test(
        arguments: [
            ("", []), ("a=1&b=2", ["a", "1", "b", "2"]), ("a", ["a", ""]), ("a=&=b", ["a", "", "", "b"]),
            ("a=1&a=2", ["a", "1", "a", "2"]), ("a=b=c", ["a", "b=c"]), ("&&a=1&", ["a", "1"]),
            ("a%3D=%26+", ["a=", "&+"]), ("a=%", nil), ("%ff=1", nil), ("1&2&3&4", nil),
        ] as [(String, [String]?)])
    func `a query is read in order`(_ query: String, _ items: [String]?) {
        #expect(URLQuery.parse(query, maximumCount: 3)?.flatMap { [$0.name, $0.value] } == items)
    }

    @Test
    func `a query reads back as it was written`() throws {
        let items: [URLQuery.Item] = [("a", "1&2=3"), ("б", " +/"), ("", "")]
        let query = URLQuery.build(items)
        #expect(query == "a=1%262%3D3&%D0%B1=%20%2B%2F&=")
        let read = try #require(URLQuery.parse(query))
        #expect(read.map(\.name) == items.map(\.name))
        #expect(read.map(\.value) == items.map(\.value))
    }
}
