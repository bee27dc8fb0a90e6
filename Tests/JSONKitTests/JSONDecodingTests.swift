import FoundationEssentials
import Testing

@testable import JSONKit

@Suite struct JSONDecodingTests {
    private struct Payment: Codable, Equatable {
        struct Line: Codable, Equatable {
            var name: String
            var amount: Int
        }

        var id: String
        var amount: Int64
        var isRefund: Bool
        var rate: Double?
        var lines: [Line]
        var labels: [String: String]
    }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func `a value round-trips through text`() throws {
        let payment = Payment(
            id: "a\"\u{1F372}\n", amount: .min, isRefund: true, rate: 0.1, lines: [.init(name: "Борщ", amount: 1)],
            labels: ["e\u{301}": "1", "\n": "2"])
        #expect(try JSON.decode(Payment.self, from: Array(try JSON.encode(payment))) == payment)
        #expect(try JSON.decode(Payment.self, from: Array(try JSON.encodeIndented(payment))) == payment)
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("1.0", 1), ("1e2", 100), ("120.50e1", 1205), ("-1.5E+1", -15), ("1000e-3", 1),
            ("9223372036854775807", .max), ("-9.223372036854775808e18", .min), ("0e99999999999999999999", 0),
            ("0.000", 0), ("1.5", nil), ("1e-1", nil), ("9223372036854775808", nil), ("1e99999999999999999999", nil),
            ("1e-99999999999999999999", nil), ("1e19", nil), ("\"1\"", nil), ("true", nil), ("null", nil), ("[1]", nil),
        ] as [(String, Int64?)])
    func `integers are decoded by value`(text: String, expected: Int64?) {
        #expect((try? JSON.decode(Int64.self, from: bytes(text))) == expected)
    }

    @Test(arguments: ["256", "-1", "1e3", "25.6"])
    func `a number out of range of its type is rejected`(text: String) {
        #expect(throws: DecodingError.self) { try JSON.decode(UInt8.self, from: bytes(text)) }
    }

    @Test func `a number that is infinite as a double is rejected`() {
        #expect(throws: DecodingError.self) { try JSON.decode(Double.self, from: bytes("1e999")) }
        #expect((try? JSON.decode(Double.self, from: bytes("1e-3"))) == 0.001)
    }

    @Test func `data is base64`() throws {
        #expect(try JSON.decode(Data.self, from: bytes("\"AAEC/w==\"")) == Data([0, 1, 2, 255]))
        #expect(throws: DecodingError.self) { try JSON.decode(Data.self, from: bytes("\"%\"")) }
    }

    @Test(arguments: [
        ("missing", #"{"amount":1,"isRefund":true,"lines":[],"labels":{}}"#, "id"),
        ("null", #"{"id":null,"amount":1,"isRefund":true,"lines":[],"labels":{}}"#, "id"),
        ("a text", #"{"id":"a","amount":"1","isRefund":true,"lines":[],"labels":{}}"#, "amount"),
        ("in a list", #"{"id":"a","amount":1,"isRefund":true,"lines":[{"name":"a","amount":1},7]}"#, "lines.1"),
        ("deep", #"{"id":"a","amount":1,"isRefund":true,"lines":[{"name":"a","amount":1.5}]}"#, "lines.0.amount"),
        ("a value of names", #"{"id":"a","amount":1,"isRefund":true,"lines":[],"labels":{"x":1}}"#, "labels.x"),
    ])
    func `an error has the path of its field`(name: String, text: String, path: String) {
        var found: [any CodingKey]?
        do {
            _ = try JSON.decode(Payment.self, from: bytes(text))
        } catch DecodingError.keyNotFound(let key, let context) {
            found = context.codingPath + [key]
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context)
        {
            found = context.codingPath
        } catch {}
        #expect(found?.map(\.stringValue).joined(separator: ".") == path)
    }

    @Test func `property names are converted and those of a dictionary are not`() throws {
        struct Settings: Decodable, Equatable {
            var maxAttempts: Int?
            var byName: [String: Int]?
            var accessKeyId: String?
        }
        let value = try JSONValue(
            parsing: bytes(#"{"max_attempts":3,"by_name":{"myOwn":1,"my_own":2},"access_key_id":"k"}"#),
            as: .interoperable)
        let settings = try JSON.decode(Settings.self, from: value, convertsNames: true)
        #expect(settings == Settings(maxAttempts: 3, byName: ["myOwn": 1, "my_own": 2], accessKeyId: "k"))
    }

    @Test func `many members are found, and names that only look alike are distinguished`() throws {
        let members = (0..<40).map { ("n\($0)", JSONValue.integer($0)) } + [("e\u{301}", 1), ("é", 2), ("\u{212A}", 3)]
        let text = JSONValue.members(members).compact
        let read = try JSON.decode([String: Int].self, from: bytes(text))
        #expect((0..<40).allSatisfy { read["n" + String($0)] == $0 })
        struct Kelvin: Decodable {
            enum CodingKeys: String, CodingKey { case kelvin = "K" }
            var kelvin: Int?
        }
        #expect(try JSON.decode(Kelvin.self, from: bytes(text)).kelvin == nil)
    }

    @Test func `an array that ends too early is an error, not a trap`() {
        struct Pair: Decodable {
            init(from decoder: any Decoder) throws {
                var list = try decoder.unkeyedContainer()
                while true { _ = try list.decode(Int.self) }
            }
        }
        #expect(throws: DecodingError.self) { try JSON.decode(Pair.self, from: bytes("[1,2]")) }
    }
}
