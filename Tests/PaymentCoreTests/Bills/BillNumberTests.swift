import JSONKit
import Testing

@testable import PaymentCore

/// JSON numbers are read by value; the noise of doubles is rounded, excess decimals are refused.
struct BillNumberTests {
    private func money(_ written: String, _ currency: String = "RUB") throws -> Int64 {
        let exponent = try Currency(code: currency).exponent
        return try DecimalNumber(written).scaled(decimals: exponent, text: written)
    }

    @Test(
        arguments: [
            ("whole", "120", 12_000), ("zeros at the end", "120.500", 12_050), ("zeros in front", "0.05", 5),
            ("an exponent", "1e3", 100_000), ("a signed exponent", "1E+3", 100_000), ("a fraction's", "1.5e2", 15_000),
            ("a negative exponent", "30000e-2", 30_000), ("zeros and an exponent", "100e-1", 1_000),
            ("an exponent of nothing", "120e0", 12_000), ("an exponent with zeros", "1e0003", 100_000),
            ("zero", "0", 0), ("minus zero", "-0", 0), ("zero with a huge exponent", "0e999999999", 0),
            ("below zero", "-1.5", -150), ("a sum of tenths", "0.30000000000000004", 30),
            ("a product", "299.99999999999994", 30_000), ("eight tenths", "0.7999999999999999", 80),
            ("another", "434.99999999999994", 43_500), ("a tenth in full", "0.1000000000000000055511151231257827", 10),
            ("below zero with noise", "-0.30000000000000004", -30),
            ("a thousand tenths", "99.9999999999986", 10_000), ("nothing but noise", "5.551115123125783e-17", 0),
            ("negative noise", "-2.7755575615628914e-17", 0), ("a millionth of a kopeck", "1.00000001", 100),
            ("large with noise", "1234567890.1000001", 123_456_789_010),
            ("larger than a double's thousandth", "12345678901.100002", 1_234_567_890_110),
            ("a tiny exponent", "1e-999999999", 0), ("a tinier one", "1e-99999999999999999999999", 0),
            ("the largest", "92233720368547758.07", .max), ("the smallest", "-92233720368547758.08", .min),
        ] as [(String, String, Int64)])
    func `is read by its value`(name: String, written: String, kopecks: Int64) throws {
        #expect(try money(written) == kopecks)
    }

    @Test(arguments: [
        ("a third decimal", "0.305"), ("half a kopeck", "0.005"), ("half a kopeck below zero", "-0.005"),
        ("a thousandth", "0.301"), ("a third", "0.3333333333333333"), ("an exponent's third decimal", "305e-3"),
        ("a hundred-thousandth of a kopeck", "0.3000001"), ("a third decimal with noise", "0.30500000000000005"),
        ("large with a third decimal", "1234567890123.455"), ("two millionths of a kopeck", "1.00000002"),
    ])
    func `digits too many are refused`(name: String, written: String) {
        #expect(throws: MoneyError.tooPrecise(written, digits: 2)) { try money(written) }
    }

    @Test(arguments: [
        "92233720368547758.08", "-92233720368547758.09", "1e17", "1e999999999", "-1e999999999",
        "1e99999999999999999999999", String(repeating: "9", count: 40), "1" + String(repeating: "0", count: 1_000_000),
    ])
    func `a value beyond 64 bits is refused`(written: String) {
        #expect(throws: MoneyError.overflow) { try money(written) }
    }

    @Test(arguments: [
        ("yen", "120.00000000000001", "JPY", 120), ("yen by an exponent", "1.2e2", "JPY", 120),
        ("dinar", "1.2340000000000002", "KWD", 1_234),
    ])
    func `the currency says what is noise`(name: String, written: String, currency: String, units: Int64) throws {
        #expect(try money(written, currency) == units)
        #expect(throws: MoneyError.tooPrecise("1.5", digits: 0)) { try money("1.5", "JPY") }
    }

    @Test func `a million digits and a huge exponent take no time`() throws {
        let nines = "0." + String(repeating: "9", count: 1_000_000)
        #expect(try money(nines) == 100)
        #expect(throws: MoneyError.overflow) { try money(nines + "e999999999") }
        #expect(try money("1" + String(repeating: "0", count: 1_000_000) + "e-1000000") == 100)
    }

    @Test(
        arguments: [
            ("a third", "0.3333333333333333", 333_333), ("two thirds", "0.6666666666666666", 666_667),
            ("noise", "0.30000000000000004", 300_000), ("seven decimals", "0.1234567", 123_457),
            ("an exponent", "1e1", 10_000_000), ("less than a millionth", "1e-7", 0),
            ("a tiny exponent", "1e-999999999", 0), ("below zero", "-0.3333333333333333", -333_333),
        ] as [(String, String, Int64)])
    func `quantities are rounded to millionths`(name: String, written: String, millionths: Int64) throws {
        #expect(try DecimalNumber(written).rounded(decimals: 6) == millionths)
    }

    @Test(
        arguments: [
            ("a third of 900", "0.3333333333333333", 90_000, 30_000),
            ("a third of nine millions", "0.3333333333333333", 900_000_000, 300_000_000),
            ("an exponent", "1e3", 5, 5_000), ("a tiny one", "1e-999999999", 500, 0),
            ("below zero", "-1", 15_000, -15_000), ("both below zero", "-2", -50, 100),
        ] as [(String, String, Int64, Int64)])
    func `a cost is computed of what was written`(
        name: String, quantity: String, price: Int64, cost: Int64
    ) throws {
        #expect(try DecimalNumber(quantity).product(with: price) == cost)
    }

    @Test(arguments: ["1e999999999", "1e19", "9e18"])
    func `a cost beyond 64 bits is refused`(quantity: String) {
        #expect(throws: MoneyError.overflow) { try DecimalNumber(quantity).product(with: 500) }
    }

    @Test func `in a bill, totals, lines, prices and quantities are numbers`() throws {
        let item = IikoCloudFormTests.product("Пицца", "\"amount\": 0.3333333333333333, \"price\": 9e2")
        let (bill, warnings, _) = try readBill(
            IikoCloudFormTests.order(item, sum: "299.99999999999994"), isStrict: true)
        #expect(bill.amount == rub(30_000) && warnings.isEmpty)
        #expect(bill.lines == [BillLine(name: "Пицца", quantity: Quantity(millionths: 333_333), amount: rub(30_000))])
        let seed = SeedFormTests.text.replacing("\"120.50\"", with: "1.205e2").replacing(
            "20.5}", with: "20.499999999999996}")
        #expect(try readBill(seed, isStrict: true).bill.amount == rub(12_050))
    }
}
