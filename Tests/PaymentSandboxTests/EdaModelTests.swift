import EncodingKit
import FiscalReceipts
import FoundationEssentials
import JSONKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Testing
import WorldKit

@Suite struct EdaModelTests {
    static let now = Instant(microseconds: 1_767_225_600_000_000)
    static func rub(_ kopecks: Int64) -> Money { Money(minorUnits: kopecks, currency: .rub) }

    static func money(_ units: Int64, _ code: String) -> Money {
        (try? Currency(code: code)).map { Money(minorUnits: units, currency: $0) } ?? rub(units)
    }

    static func order(_ id: String = "e", amount: Int64 = 100) -> EdaOrder {
        EdaOrder(edaOrderID: id, orderID: "o", clientID: "c", uid: "u", amount: rub(amount), lines: [])
    }

    static func document(
        _ id: String = "e-1", kind: ReceiptDocument.Kind = .payment, amount: Money = rub(100), lines: [BillLine] = []
    ) -> ReceiptDocument {
        ReceiptDocument(
            documentID: id, edaOrderID: "e", kind: kind, sellerName: "Кафе", amount: amount, lines: lines)
    }

    @Test func `orders and documents are idempotent`() throws {
        var model = EdaModel()
        try model.createOrder(Self.order())
        try model.createOrder(Self.order())
        #expect(throws: PartnerRefusal.self) { try model.createOrder(Self.order(amount: 101)) }
        try model.pushItems(Self.document(), now: Self.now)
        try model.pushItems(Self.document(), now: Self.now.advanced(bySeconds: 60))
        let error = #expect(throws: PartnerRefusal.self) {
            try model.pushItems(Self.document(amount: Self.rub(99)), now: Self.now)
        }
        #expect(error?.code == "key_reused")
        #expect(model.receipt(documentID: "e-1", now: Self.now.advanced(bySeconds: 1)) != nil, "the first push counts")
    }

    @Test(arguments: [
        ("no version", document("e"), "bad_document_id"), ("version 0", document("e-0"), "bad_document_id"),
        ("another order", document("f-1"), "bad_document_id"), ("no number", document("e-01"), "bad_document_id"),
        ("a refund as version 1", document("e-1", kind: .refund), "bad_document_id"),
        ("a payment as version 2", document("e-2"), "bad_document_id"),
        ("nothing paid", document(amount: rub(0)), "bad_amount"),
        ("less than nothing", document(amount: rub(-1)), "bad_amount"),
        ("fils, which are no kopecks", document(amount: money(1, "KWD")), "bad_amount"),
        ("too many yen for kopecks", document(amount: money(Int64.max / 10, "JPY")), "bad_amount"),
    ])
    func `refuses documents`(name: String, document: ReceiptDocument, code: String) throws {
        var model = EdaModel()
        let early = #expect(throws: PartnerRefusal.self) { try model.pushItems(document, now: Self.now) }
        #expect(early?.code == "unknown_order", "\(name)")
        try model.createOrder(Self.order())
        let error = #expect(throws: PartnerRefusal.self) { try model.pushItems(document, now: Self.now) }
        #expect(error?.code == code, "\(name)")
    }

    @Test func `the receipt takes time`() throws {
        var model = EdaModel(receiptDelaySeconds: 60)
        try model.createOrder(Self.order())
        try model.pushItems(Self.document(), now: Self.now)
        #expect(model.receipt(documentID: "e-1", now: Self.now.advanced(bySeconds: 59.9)) == nil)
        #expect(model.receipt(documentID: "e-1", now: Self.now.advanced(bySeconds: 60)) != nil)
        #expect(model.receipt(documentID: "e-2", now: Self.now.advanced(bySeconds: 60)) == nil)
    }

    /// What a reader of FFD JSON sees.
    struct Seen: Decodable {
        struct Item: Decodable, Equatable {
            var name: String
            var price: Int64
            var quantity: Decimal
            var sum: Int64
            var ndsSum: Int64
        }
        var operationType: Int
        var dateTime: String
        var items: [Item]
        var totalSum: Int64
        var ecashTotalSum: Int64
        var nds20: Int64
        var fiscalSign: Int64
        var fiscalDriveNumber: String
        var kktRegId: String
    }

    static func receipt(amount: Money, kind: ReceiptDocument.Kind = .payment, lines: [BillLine]) throws -> Seen {
        var model = EdaModel(receiptDelaySeconds: 0)
        try model.createOrder(order())
        let id = kind == .payment ? "e-1" : "e-2"
        try model.pushItems(document(id, kind: kind, amount: amount, lines: lines), now: now)
        let json = try JSON.message(try #require(model.receipt(documentID: id, now: now)))
        #expect(ReceiptCheck.findings(of: try ReceiptParser.receipt(from: json)).isEmpty)
        return try JSON.decode(Seen.self, from: json)
    }

    static func line(_ name: String, _ kopecks: Int64, _ quantity: Int64? = nil) -> BillLine {
        BillLine(name: name, quantity: quantity.map(Quantity.init(millionths:)), amount: rub(kopecks))
    }

    /// Name, amount, lines, and the items' `quantity×price=sum`.
    @Test(
        arguments: [
            ("adds up", 300, [line("a", 100), line("b", 200)], ["1×100=100", "1×200=200"]),
            ("a discount below the lines", 10_000, [line("a", 12_000)], ["1×10000=10000"]),
            ("a negative line", 250, [line("a", 100), line("b", 200), line("off", -50)], ["1×83=83", "1×167=167"]),
            ("to the kopeck", 100, [line("a", 1), line("b", 1), line("c", 1)], ["1×34=34", "1×33=33", "1×33=33"]),
            ("more than the lines", 110, [line("a", 50), line("b", 50)], ["1×55=55", "1×55=55"]),
            ("a quantity with a price", 300, [line("a", 300, 1_500_000)], ["1.5×200=300"]),
            ("a quantity without one", 1_000, [line("a", 1_000, 3_000_000)], ["1×1000=1000"]),
            ("no lines", 100, [], ["1×100=100"]),
            ("a free line", 100, [line("a", 0), line("b", 100)], ["1×100=100"]),
            ("less than a kopeck a line", 1, [line("a", 5), line("b", 6)], ["1×1=1"]),
            (
                "huge lines", 9_000_000_000_000_000_000, [line("a", Int64.max), line("b", Int64.max)],
                ["1×4500000000000000000=4500000000000000000", "1×4500000000000000000=4500000000000000000"]
            ),
        ] as [(String, Int64, [BillLine], [String])])
    func `receipts add up`(name: String, amount: Int64, lines: [BillLine], items: [String]) throws {
        let seen = try Self.receipt(amount: Self.rub(amount), lines: lines)
        #expect(seen.items.map { "\($0.quantity)×\($0.price)=\($0.sum)" } == items, "\(name)")
        #expect(seen.items.reduce(0) { $0 + $1.sum } == amount)
        #expect(seen.totalSum == amount && seen.ecashTotalSum == amount)
        #expect(seen.nds20 == seen.items.reduce(0) { $0 + $1.ndsSum })
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func `every bill yields a receipt that adds up`(seed: UInt64) throws {
        var random = SplitMix64(state: seed)
        let lines = (0..<Int.random(in: 0...12, using: &random)).map { index in
            let quantity = Bool.random(using: &random) ? Int64.random(in: 1...5_000_000, using: &random) : nil
            return Self.line("line \(index)", Int64.random(in: -5_000...50_000, using: &random), quantity)
        }
        let amount = Int64.random(in: 1...200_000, using: &random)
        #expect(try Self.receipt(amount: Self.rub(amount), lines: lines).totalSum == amount, "seed \(seed)")
    }

    @Test func `a document always has the same receipt`() throws {
        let first = try Self.receipt(amount: Self.rub(12_000), lines: [Self.line("a", 12_000)])
        let again = try Self.receipt(amount: Self.rub(12_000), lines: [Self.line("a", 12_000)])
        let refund = try Self.receipt(amount: Self.rub(12_000), kind: .refund, lines: [])
        #expect(first.fiscalSign == again.fiscalSign && first.fiscalSign != refund.fiscalSign)
        #expect(first.fiscalDriveNumber == refund.fiscalDriveNumber, "one register a seller")
        #expect(first.fiscalDriveNumber.count == 16 && first.kktRegId.count == 16)
        #expect((first.operationType, refund.operationType) == (1, 2))
        #expect(first.dateTime == "2026-01-01T03:00:00")
        #expect(first.nds20 == 2_000)
    }

    @Test func `whole roubles become kopecks`() throws {
        #expect(try Self.receipt(amount: Self.money(120, "JPY"), lines: []).totalSum == 12_000)
    }
}
