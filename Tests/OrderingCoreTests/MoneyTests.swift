import JSONKit
import OrderingCore
import Testing

@Suite struct MoneyTests {
    struct Text: Sendable, CustomTestStringConvertible {
        var text: String
        var minorUnits: Int64?
        var error: MoneyError?

        var testDescription: String { text }
    }

    static let texts = [
        Text(text: "10", minorUnits: 1000), Text(text: "10.5", minorUnits: 1050), Text(text: "0.01", minorUnits: 1),
        Text(text: "-3.20", minorUnits: -320), Text(text: "1e3", minorUnits: 100_000),
        Text(text: "120.500", minorUnits: 12_050), Text(text: "1e-2", minorUnits: 1),
        Text(text: "10000000000000", minorUnits: 1_000_000_000_000_000),
        Text(text: "0.001", error: .tooPrecise), Text(text: "1.005", error: .tooPrecise),
        Text(text: "10000000000000.01", error: .outOfRange), Text(text: "9223372036854775807", error: .outOfRange),
        Text(text: "1e18", error: .outOfRange), Text(text: "1e400", error: .outOfRange),
        Text(text: "99999999999999999999", error: .outOfRange), Text(text: "", error: .notANumber),
        Text(text: "+1", error: .notANumber), Text(text: ".5", error: .notANumber),
        Text(text: "1.", error: .notANumber),
        Text(text: "01", error: .notANumber), Text(text: "NaN", error: .notANumber),
        Text(text: "1 ", error: .notANumber),
        Text(text: "١", error: .notANumber),
    ]

    @Test(arguments: texts) func `a decimal number is read exactly or refused`(_ text: Text) {
        do {
            #expect(try Money(decimal: text.text).minorUnits == text.minorUnits)
        } catch {
            #expect(error == text.error)
        }
    }

    @Test func `what is written is read again`() throws {
        for units: Int64 in [0, 1, -1, 99, 100, 12_345, 1_000_000_000_000_000] {
            let money = try #require(Money(minorUnits: units))
            #expect(try Money(decimal: money.decimal) == money)
        }
    }

    @Test func `a sum beyond the largest amount is none`() {
        #expect(Money.maximum.adding(.minorUnit) == nil)
        #expect((-Money.maximum).adding(-.minorUnit) == nil)
        #expect(Money.maximum.adding(-Money.maximum) == .zero)
        #expect(Money(minorUnits: .max) == nil)
        #expect(Money(minorUnits: .min) == nil)
    }

    struct Amount: Sendable, CustomTestStringConvertible {
        var json: JSONValue?
        var problem: String

        var testDescription: String { json?.compact ?? "nothing" }
    }

    static let refused = [
        Amount(json: nil, problem: "missing"), Amount(json: .null, problem: "missing"),
        Amount(json: true, problem: "of the wrong type"), Amount(json: [1], problem: "of the wrong type"),
        Amount(json: 0, problem: "less than 1.00"), Amount(json: -5, problem: "less than 1.00"),
        Amount(json: .number("0.99"), problem: "less than 1.00"),
        Amount(json: .number("1.001"), problem: "has more than 2 decimals"),
        Amount(json: "ten", problem: "not a decimal number"),
        Amount(json: .number("1e30"), problem: "larger than 10000000000000.00"),
    ]

    @Test(arguments: refused) func `an amount of a request that is none is refused with the reason`(_ amount: Amount) {
        #expect(throws: FieldError(field: "price", problem: amount.problem)) {
            try Money(amount.json, field: "price", atLeast: .leastPrice)
        }
    }

    @Test func `an amount of a request is a number or a text`() throws {
        #expect(try Money(.number("1.5"), field: "price", atLeast: .leastPrice).minorUnits == 150)
        #expect(try Money("1", field: "price", atLeast: .leastPrice).minorUnits == 100)
    }
}
