import EncodingKit
import PaymentCore
import Testing

@Suite struct DecimalTextTests {
    @Test(
        arguments: [
            ("zero", "0", 2, 0), ("minus zero", "-0", 2, 0), ("minus zero with decimals", "-0.00", 2, 0),
            ("whole", "120", 2, 12_000), ("one decimal", "120.5", 2, 12_050), ("all decimals", "120.50", 2, 12_050),
            ("leading zeros", "007.50", 2, 750), ("negative", "-0.05", 2, -5),
            ("no decimals in the currency", "120", 0, 120),
            ("three decimals", "0.001", 3, 1), ("six decimals", "1.000001", 6, 1_000_001),
            ("largest", "92233720368547758.07", 2, .max), ("smallest", "-92233720368547758.08", 2, .min),
            ("largest whole", "9223372036854775807", 0, .max), ("smallest whole", "-9223372036854775808", 0, .min),
            ("forty leading zeros", String(repeating: "0", count: 40) + "1", 2, 100),
        ] as [(String, String, Int, Int64)])
    func `read`(name: String, text: String, digits: Int, expected: Int64) throws {
        #expect(try DecimalText.scaled(text, digits: digits) == expected)
    }

    @Test(arguments: [
        "", "-", "+1", ".", ".5", "5.", "-.5", "--1", "1-", "1e3", "1E3", "0x10", "1,5", "1 000", " 1", "1 ", "1\n",
        "\u{0}",
        "1.2.3", "1..2", "NaN", "inf", "٣", "１", "½", "1\u{301}", "−1",
    ])
    func `no decimals`(text: String) {
        #expect(throws: MoneyError.notDecimal(text)) { try DecimalText.scaled(text, digits: 2) }
    }

    @Test(arguments: [
        ("one digit too many", "1.234", 2), ("zeros too many", "120.500", 2),
        ("a decimal where there are none", "1.0", 0),
        ("forty decimals", "0." + String(repeating: "0", count: 40), 3),
    ])
    func `too precise`(name: String, text: String, digits: Int) {
        #expect(throws: MoneyError.tooPrecise(text, digits: digits)) { try DecimalText.scaled(text, digits: digits) }
    }

    @Test(arguments: [
        ("largest and one", "92233720368547758.08", 2), ("smallest and one", "-92233720368547758.09", 2),
        ("overflow by scaling", "9223372036854775807", 2), ("overflow by scaling, negative", "-9223372036854775808", 3),
        ("forty digits", String(repeating: "9", count: 40), 2),
        ("a long one", String(repeating: "1", count: 100_000), 0),
    ])
    func `overflow`(name: String, text: String, digits: Int) {
        #expect(throws: MoneyError.overflow) { try DecimalText.scaled(text, digits: digits) }
    }

    @Test(
        arguments: [
            (0, 2, "0.00", "0"), (5, 2, "0.05", "0.05"), (-5, 2, "-0.05", "-0.05"), (12_050, 2, "120.50", "120.5"),
            (12_000, 2, "120.00", "120"), (120, 0, "120", "120"), (-1, 3, "-0.001", "-0.001"), (100, 0, "100", "100"),
            (.max, 2, "92233720368547758.07", "92233720368547758.07"),
            (.min, 2, "-92233720368547758.08", "-92233720368547758.08"),
            (.min, 0, "-9223372036854775808", "-9223372036854775808"),
            (.max, 3, "9223372036854775.807", "9223372036854775.807"),
        ] as [(Int64, Int, String, String)])
    func `written`(value: Int64, digits: Int, text: String, shortest: String) throws {
        #expect(DecimalText.text(value, digits: digits) == text)
        #expect(DecimalText.shortest(value, digits: digits) == shortest)
        #expect(try DecimalText.scaled(text, digits: digits) == value)
        #expect(try DecimalText.scaled(shortest, digits: digits) == value)
    }
}
