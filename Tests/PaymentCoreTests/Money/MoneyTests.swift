import PaymentCore
import Testing

@Suite struct MoneyTests {
    @Test(
        arguments: [
            ("RUB", "120.50", 12_050, "120.50"), ("RUB", "120", 12_000, "120.00"), ("JPY", "120", 120, "120"),
            ("KWD", "1.5", 1_500, "1.500"), ("KWD", "-0.001", -1, "-0.001"), ("CLF", "1.0001", 10_001, "1.0001"),
            ("RUB", "-92233720368547758.08", .min, "-92233720368547758.08"),
        ] as [(String, String, Int64, String)])
    func `decimal`(code: String, text: String, units: Int64, written: String) throws {
        let money = try Money(decimal: text, currency: Currency(code: code))
        #expect(money.minorUnits == units)
        #expect(money.decimal == written)
        #expect(money.description == "\(written) \(code)")
    }

    @Test(arguments: [("RUB", "1.234", 2), ("JPY", "1.5", 0), ("KWD", "1.2345", 3)])
    func `too precise`(code: String, text: String, digits: Int) throws {
        let currency = try Currency(code: code)
        #expect(throws: MoneyError.tooPrecise(text, digits: digits)) { try Money(decimal: text, currency: currency) }
    }

    @Test(
        arguments: [
            ("plain", 150, 250, 400), ("to the largest", .max - 1, 1, .max), ("to the smallest", .min + 1, -1, .min),
            ("opposite ends", .max, .min, -1), ("beyond the largest", .max, 1, nil),
            ("beyond the smallest", .min, -1, nil),
        ] as [(String, Int64, Int64, Int64?)])
    func `adding`(name: String, left: Int64, right: Int64, sum: Int64?) throws {
        let (left, right) = (rub(left), rub(right))
        if let sum {
            #expect(try left.adding(right) == rub(sum))
        } else {
            #expect(throws: MoneyError.overflow) { try left.adding(right) }
        }
    }

    @Test(
        arguments: [
            ("plain", 150, 250, -100), ("from the smallest", .min, .min, 0), ("beyond the smallest", .min, 1, nil),
            ("the smallest itself", 0, .min, nil), ("to the largest", -1, .min, .max),
        ] as [(String, Int64, Int64, Int64?)])
    func `subtracting`(name: String, left: Int64, right: Int64, difference: Int64?) throws {
        let (left, right) = (rub(left), rub(right))
        if let difference {
            #expect(try left.subtracting(right) == rub(difference))
        } else {
            #expect(throws: MoneyError.overflow) { try left.subtracting(right) }
        }
    }

    @Test func `currencies do not mix`() throws {
        let yen = Money(minorUnits: 1, currency: try Currency(code: "JPY"))
        #expect(throws: MoneyError.currencyMismatch("RUB", "JPY")) { try rub(1).adding(yen) }
        #expect(throws: MoneyError.currencyMismatch("JPY", "RUB")) { try yen.subtracting(rub(1)) }
        #expect(rub(0) != .zero(yen.currency))
    }

    @Test func `signs`() {
        #expect(rub(-1).isNegative && !rub(0).isNegative && !rub(1).isNegative)
        #expect(rub(0).isZero && !rub(1).isZero)
    }

    @Test(arguments: [("RUB", 2, 100), ("JPY", 0, 1), ("BHD", 3, 1_000), ("UYW", 4, 10_000)] as [(String, Int, Int64)])
    func `currency`(code: String, exponent: Int, perMajor: Int64) throws {
        let currency = try Currency(code: code)
        #expect(currency.code == code)
        #expect(currency.exponent == exponent)
        #expect(currency.minorUnitsPerMajor == perMajor)
    }

    @Test(arguments: ["", "rub", "RU", "RUBL", "RUR", "XXX", "AED AFN", " RUB", "₽", "XTS"])
    func `unknown currency`(code: String) {
        #expect(throws: MoneyError.unknownCurrency(code)) { try Currency(code: code) }
    }

    @Test func `equal currencies are equal`() throws { #expect(try Currency(code: "RUB") == .rub) }
}

func rub(_ kopecks: Int64) -> Money { Money(minorUnits: kopecks, currency: .rub) }
