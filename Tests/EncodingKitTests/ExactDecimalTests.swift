import EncodingKit
import Testing

struct ExactDecimalTests {
    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("1", "1"), ("225", "225"), ("14.85", "14.85"), ("1.000", "1"), ("-0.154", "-0.154"),
        ("50175e-2", "501.75"), ("1E2", "100"), ("9.29e+18", "9290000000000000000"),
        ("9.2934567890123456e+18", "9293456789012345600"), ("0.15400000000000003", "0.15400000000000003"),
        ("9223372036854775807", "9223372036854775807"), ("0e999999999", "0"),
        ("0.000000000000000001", "0.000000000000000001"),
    ])
    func `numbers keep their digits`(text: String, shortest: String) throws {
        #expect(try ExactDecimal(Array(text.utf8)[...]).description == shortest)
    }

    @Test(arguments: ["", "-", "+1", "01", "1.", ".5", "1e", "1e+", "1,5", "0x1", "NaN", "1 "])
    func `text that is not a JSON number is rejected`(text: String) {
        #expect(throws: ExactDecimal.Failure.notANumber) { try ExactDecimal(Array(text.utf8)[...]) }
    }

    @Test(arguments: ["99999999999999999999", "1e40", "1e-19", "1e999999999999999999999", "0.1234567890123456789"])
    func `a number that needs more digits is out of range`(text: String) {
        #expect(throws: ExactDecimal.Failure.outOfRange) { try ExactDecimal(Array(text.utf8)[...]) }
    }

    @Test func `equal numbers have the same form`() throws {
        let forms = ["1.5", "1.50", "15e-1", "0.15e1"].map { Array($0.utf8)[...] }
        #expect(try Set(forms.map { try ExactDecimal($0) }).count == 1)
    }

    @Test(arguments: [
        ("14.85", 4714, 70003), ("0.154", 34900, 5375), ("0.5", 1, 1), ("0.5", -1, -1), ("0.4", 1, 0), ("-1.5", 1, -2),
        ("3", 5, 15), ("0", 5, 0),
    ])
    func `products round halves away from zero`(text: String, factor: Int64, product: Int) throws {
        #expect(try ExactDecimal(Array(text.utf8)[...]).roundedProduct(with: factor) == Int128(product))
    }

    @Test func `the largest product does not overflow`() {
        let largest = ExactDecimal(.min).roundedProduct(with: .min)
        #expect(largest == Int128(1) << 126)
    }
}
