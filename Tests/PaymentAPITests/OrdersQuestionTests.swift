import PaymentPartners
import Testing

@testable import PaymentAPI

/// The short way of reading a poll's body must never differ from the decoder's.
@Suite struct OrdersQuestionTests {
    private func decoded(_ text: String) -> OrdersQuestion? {
        try? WireJSON.decode(OrdersQuestion.self, from: Array(text.utf8))
    }

    @Test(arguments: [
        #"{"client_id":"cafe","orders":["a","b"]}"#, #"{"orders":["a"],"client_id":"cafe"}"#, #"{"orders":[]}"#,
        "{ \"client_id\" : \"cafe\" ,\r\n\t\"orders\" : [ \"a\" , \"b\" ] } \n", #"{"client_id":"","orders":[""]}"#,
    ])
    func plainBodiesAreReadAlike(text: String) throws {
        let plain = try #require(OrdersQuestion.plain(Array(text.utf8)))
        #expect(plain.clientID == decoded(text)?.clientID && plain.orders == decoded(text)?.orders)
    }

    @Test(arguments: [
        "", "{}", "[]", "null", #"{"client_id":"cafe"}"#, #"{"orders":["a"],"orders":["b"]}"#, #"{"orders":["a",]}"#,
        #"{"orders":["a"]"#, #"{"orders":["a"#, #"{"orders":["a"]} x"#, #"{"orders":["a"],}"#, #"{"orders":[1]}"#,
        #"{"orders":null}"#, #"{"client_id":null,"orders":[]}"#, #"{"orders":["a\u0041"]}"#, #"{"orders":["ж"]}"#,
        #"{"orders":["a"],"more":1}"#, "{\"orders\":[\"a\u{1}\"]}", #"{"orders" ["a"]}"#, #"{orders:["a"]}"#,
    ])
    func everythingElseIsLeftToTheDecoder(text: String) {
        #expect(OrdersQuestion.plain(Array(text.utf8)) == nil)
    }

    @Test func aClientMayBeLeftOutButNotBeNull() {
        #expect(decoded(#"{"orders":["ж"]}"#)?.orders == ["ж"])
        #expect(decoded(#"{"client_id":null,"orders":[]}"#) == nil)
    }
}
