import PaymentCore
import Testing

@Suite struct PercentTests {
    @Test(
        arguments: [
            ("0", 0, "0"), ("100", 100_000_000, "100"), ("30", 30_000_000, "30"), ("7.5", 7_500_000, "7.5"),
            ("7.50", 7_500_000, "7.5"), ("0.000001", 1, "0.000001"), ("-0", 0, "0"),
        ] as [(String, Int64, String)])
    func `read`(text: String, millionths: Int64, written: String) throws {
        let percent = try Percent(text)
        #expect(percent.millionths == millionths)
        #expect(percent.description == written)
    }

    @Test(arguments: [
        ("above", "100.000001", MoneyError.percentOutOfRange("100.000001")),
        ("below", "-0.000001", .percentOutOfRange("-0.000001")),
        ("seven decimals", "1.0000001", .tooPrecise("1.0000001", digits: 6)),
        ("with its sign", "30%", .notDecimal("30%")),
        ("huge", "99999999999999999999", .overflow), ("nothing", "", .notDecimal("")),
    ])
    func `refused`(name: String, text: String, error: MoneyError) { #expect(throws: error) { try Percent(text) } }

    @Test(
        arguments: [
            ("30% of 100.00", "30", 10_000, 3_000), ("rounds down", "7.5", 9_999, 749),
            ("rounds towards zero", "7.5", -9_999, -749),
            ("nothing of something", "0", .max, 0), ("something of nothing", "30", 0, 0),
            ("all of the largest", "100", .max, .max),
            ("all of the smallest", "100", .min, .min), ("half of the smallest", "50", .min, .min / 2),
            ("the least share of a little", "0.000001", 99_999_999, 0), ("the least share", "0.000001", 100_000_000, 1),
            ("nearly all of the largest", "99.999999", .max, 9_223_371_944_621_055_438),
        ] as [(String, String, Int64, Int64)])
    func `share`(name: String, percent: String, units: Int64, expected: Int64) throws {
        #expect(try Percent(percent).shareRoundedDown(of: rub(units)) == rub(expected))
    }
}
