import Testing

@testable import PaymentCore

@Suite struct QuantityTests {
    @Test(arguments: [
        ("1", "1"), ("1.50", "1.5"), ("0.000001", "0.000001"), ("9223372036854.775807", "9223372036854.775807"),
    ])
    func `read`(text: String, written: String) throws { #expect(try Quantity(text).description == written) }

    @Test(arguments: [
        ("seven decimals", "0.0000001", MoneyError.tooPrecise("0.0000001", digits: 6)),
        ("huge", "9223372036854.775808", .overflow), ("no number", "two", .notDecimal("two")),
    ])
    func `refused`(name: String, text: String, error: MoneyError) { #expect(throws: error) { try Quantity(text) } }

    @Test(arguments: [
        ("a third", "0.333333", "0.333"), ("two thirds", "0.666667", "0.667"), ("whole", "2", "2"),
        ("half", "0.5", "0.5"), ("a gram", "0.001", "0.001"), ("less than is shown", "0.0004", "0.0004"),
        ("just enough", "0.0005", "0.001"), ("up to a whole", "0.9996", "1"), ("below zero", "-0.333333", "-0.333"),
    ])
    func `people see three decimals`(name: String, text: String, shown: String) throws {
        #expect(try Quantity(text).rounded == shown)
    }

    @Test(
        arguments: [
            ("whole", "3", 39_000, 117_000), ("by weight", "0.15", 190_000, 28_500), ("a half goes up", "0.5", 1, 1),
            ("below a half goes down", "0.499999", 1, 0), ("above a half goes up", "1.500001", 1, 2),
            ("a negative half goes down", "0.5", -1, -1), ("nothing", "0", .max, 0),
            ("one of the largest", "1", .max, .max),
            ("one of the smallest", "1", .min, .min), ("a kilogram at a third", "0.333333", 100_000, 33_333),
        ] as [(String, String, Int64, Int64)])
    func `cost`(name: String, quantity: String, price: Int64, expected: Int64) throws {
        #expect(try DecimalNumber(quantity).product(with: price) == expected)
    }

    @Test(arguments: [
        ("1.000001", Int64.max), ("9223372036854.775807", .max), ("2", .min), ("1.5", 6_148_914_691_236_517_205),
    ])
    func `overflow`(quantity: String, price: Int64) throws {
        #expect(throws: MoneyError.overflow) { try DecimalNumber(quantity).product(with: price) }
    }
}
