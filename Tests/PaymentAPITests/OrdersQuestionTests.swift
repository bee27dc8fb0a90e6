import JSONKit
import PaymentPartners
import TestSupport
import Testing

@testable import PaymentAPI

/// The fast path for a poll's body must never differ from the decoder.
@Suite struct OrdersQuestionTests {
    private func decoded(_ text: String) -> OrdersQuestion? {
        try? JSONKit.JSON.message(OrdersQuestion.self, from: Array(text.utf8))
    }

    @Test(arguments: [
        #"{"client_id":"cafe","orders":["a","b"]}"#, #"{"orders":["a"],"client_id":"cafe"}"#, #"{"orders":[]}"#,
        "{ \"client_id\" : \"cafe\" ,\r\n\t\"orders\" : [ \"a\" , \"b\" ] } \n", #"{"client_id":"","orders":[""]}"#,
    ])
    func `plain bodies are read alike`(text: String) throws {
        let plain = try #require(OrdersQuestion.plain(Array(text.utf8)))
        #expect(plain.clientID == decoded(text)?.clientID && plain.orders == decoded(text)?.orders)
    }

    @Test(arguments: [
        "", "{}", "[]", "null", #"{"client_id":"cafe"}"#, #"{"orders":["a"],"orders":["b"]}"#, #"{"orders":["a",]}"#,
        #"{"orders":["a"]"#, #"{"orders":["a"#, #"{"orders":["a"]} x"#, #"{"orders":["a"],}"#, #"{"orders":[1]}"#,
        #"{"orders":null}"#, #"{"client_id":null,"orders":[]}"#, #"{"orders":["a\u0041"]}"#, #"{"orders":["ж"]}"#,
        #"{"orders":["a"],"more":1}"#, "{\"orders\":[\"a\u{1}\"]}", #"{"orders" ["a"]}"#, #"{orders:["a"]}"#,
    ])
    func `everything else is left to the decoder`(text: String) {
        #expect(OrdersQuestion.plain(Array(text.utf8)) == nil)
    }

    @Test func `client_id may be omitted but not null`() {
        #expect(decoded(#"{"orders":["ж"]}"#)?.orders == ["ж"])
        #expect(decoded(#"{"client_id":null,"orders":[]}"#) == nil)
    }
}
