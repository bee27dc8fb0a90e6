import FoundationEssentials
import PaymentCore

typealias BillOutcome = (bill: Bill, warnings: [BillWarning], format: BillFormat)

func readBill(
    _ text: String, format: BillFormat? = nil, restaurant: String? = nil, billID: String? = nil,
    currency: String? = nil,
    isStrict: Bool = false
) throws(BillError) -> BillOutcome {
    try BillReader.read(
        Array(text.utf8), format: format, restaurant: restaurant, billID: billID, currency: currency, isStrict: isStrict
    )
}

/// Why a text was refused; nil when it was read.
func refusal(
    _ text: String, format: BillFormat? = nil, restaurant: String? = nil, billID: String? = nil,
    currency: String? = nil,
    isStrict: Bool = false
) -> BillError? {
    do throws(BillError) {
        _ = try readBill(
            text, format: format, restaurant: restaurant, billID: billID, currency: currency, isStrict: isStrict)
        return nil
    } catch {
        return error
    }
}

/// A bill among the repository's examples.
func exampleBill(_ name: String) throws -> [UInt8] {
    var url = URL(filePath: #filePath)
    for _ in 0..<4 { url.deleteLastPathComponent() }
    return Array(try Data(contentsOf: url.appending(path: "Examples/bills/\(name)")))
}
