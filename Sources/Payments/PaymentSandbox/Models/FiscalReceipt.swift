import EncodingKit
import FoundationEssentials
import PaymentCore
import PaymentPartners
import WorldKit

/// A fiscal receipt as a register issues it: FFD names, amounts in kopecks, consistent sums.
///
/// Its total is what was paid with it plus, offset as prepaid (1215), what was paid before. The lines of a bill need
/// not add up to that (discounts, rounding); a receipt must. Any difference is distributed over the items in
/// proportion, to the kopeck. The register's numbers and the fiscal sign are derived from the document id, so that a
/// document always has the same receipt.
package struct FiscalReceipt: Hashable, Codable, Sendable {
    package struct Item: Hashable, Codable, Sendable {
        var name: String
        var price: Int64
        var quantity: Decimal
        var sum: Int64
        /// 1199: 1 is 20%.
        var nds = 1
        var ndsSum: Int64
        /// 1214: 4 is full settlement.
        var paymentType = 4
        /// 1212: 1 is goods.
        var productType = 1
    }

    var user: String
    var userInn: String
    var retailPlaceAddress: String
    var dateTime: String
    var shiftNumber: Int
    var requestNumber: Int
    /// 1 is a sale, 2 its refund.
    var operationType: Int
    var appliedTaxationType = 1
    var kktRegId: String
    var kktNumber: String
    var fiscalDriveNumber: String
    var fiscalDocumentNumber: Int
    var fiscalSign: UInt32
    var fiscalDocumentFormatVer = 2
    package private(set) var items: [Item]
    package private(set) var totalSum: Int64
    var cashTotalSum: Int64 = 0
    var ecashTotalSum: Int64
    var prepaidSum: Int64
    var creditSum: Int64 = 0
    var provisionSum: Int64 = 0
    var nds20: Int64
    var fnsUrl = "www.nalog.gov.ru"

    /// Nil when the amount is not positive, or cannot be written in kopecks.
    init?(of document: ReceiptDocument, at instant: Instant) {
        guard let paid = Self.kopecks(document.amount), let prepaid = Self.kopecks(document.prepaid), paid > 0,
            prepaid >= 0
        else { return nil }
        let (total, overflow) = paid.addingReportingOverflow(prepaid)
        guard !overflow else { return nil }
        let shares = Self.shares(of: total, lines: document.lines)
        items = shares.map(Item.init)
        totalSum = total
        ecashTotalSum = paid
        prepaidSum = prepaid
        nds20 = items.reduce(0) { $0 + $1.ndsSum }

        user = document.sellerName
        userInn = Self.digits(10, "inn", document.sellerName)
        retailPlaceAddress = "Москва, Большая Бронная улица, 1"
        dateTime = Self.moscowTime(instant)
        shiftNumber = 1 + Int(Self.number("shift", document.documentID) % 900)
        requestNumber = 1 + Int(Self.number("request", document.documentID) % 500)
        operationType = document.kind == .payment ? 1 : 2
        kktRegId = Self.digits(16, "kkt-registration", document.sellerName)
        kktNumber = Self.digits(14, "kkt-serial", document.sellerName)
        fiscalDriveNumber = "99" + Self.digits(14, "drive", document.sellerName)
        fiscalDocumentNumber = 1 + Int(Self.number("document", document.documentID) % 999_999)
        fiscalSign = UInt32(truncatingIfNeeded: Self.number("sign", document.documentID))
    }

    private static func number(_ purpose: String, _ text: String) -> UInt64 {
        var hash = StableHash()
        hash.combine(purpose)
        hash.combine(text)
        var numbers = SplitMix64(state: hash.value)
        return numbers.next()
    }

    private static func digits(_ count: Int, _ purpose: String, _ text: String) -> String {
        let digits = String(number(purpose, text))
        return String((String(repeating: "0", count: count) + digits).suffix(count))
    }

    /// Nil for a currency with more digits than kopecks have, and outside 64 bits.
    private static func kopecks(_ amount: Money) -> Int64? {
        guard amount.currency.exponent <= 2 else { return nil }
        return (amount.currency.exponent..<2).reduce(Optional(amount.minorUnits)) { units, _ in
            units.flatMap { $0.multipliedReportingOverflow(by: 10) }.flatMap { $0.overflow ? nil : $0.partialValue }
        }
    }

    /// ISO 8601 without a zone, as registers write it; Moscow is three hours ahead of UTC all year.
    private static func moscowTime(_ instant: Instant) -> String {
        String(instant.advanced(bySeconds: 3 * 3600).rfc3339.prefix(19))
    }
}
