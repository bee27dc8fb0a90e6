import EncodingKit
import FiscalReceipts
import Testing

struct ReceiptParserTests {
    /// The same receipt in two dialects, one with irregularities found in practice.
    static let dialects = [
        #"""
        {"user":"ООО «Ромашка»","userInn":"7825706086  ","retailPlaceAddress":"Москва","retailPlace":"Кафе",
         "operator":"Иванова","dateTime":"2020-09-16T12:34:00","shiftNumber":24,"requestNumber":556,"operationType":1,
         "taxationType":9,"kktRegId":"0001234567012345    ","kktNumber":"00106700",
         "fiscalDriveNumber":"9289000100123456",
         "fiscalDocumentNumber":23206,"fiscalSign":1168453787,"fiscalDocumentFormatVer":2,
         "items":[{"name":"Хлеб","price":4714,"quantity":14.850,"sum":70003,"nds":1,"ndsSum":11667,"paymentType":4,
          "productType":1,"itemsQuantityMeasure":11}],
         "totalSum":70003,"cashTotalSum":3,"ecashTotalSum":70000,"prepaidSum":0,"creditSum":0,"provisionSum":0,
         "nds18":11667,"buyerPhoneOrAddress":"a@example.org","sellerAddress":"b@example.org","fnsUrl":"nalog.gov.ru"}
        """#,
        #"""
        {"ticket":{"id":"x","document":{"receipt":{"user":" ООО «Ромашка» ","userInn":7825706086,
         "retailAddress":"Москва","retailPlace":"Кафе","operator":"Иванова","dateTime":{"$date":1600259640000},
         "shiftNumber":"24","requestNumber":556,"operationType":1,"appliedTaxationType":9,"kktRegId":"0001234567012345",
         "numberKkt":"00106700","fiscalDriveNumber":"9289000100123456","fiscalDocumentNumber":23206,
         "fiscalSign":1.168453787e9,"protocolVersion":2,"properties":{"key":"a"},"modifiers":[],"stornoItems":[],
         "items":[{"name":"Хлеб","price":4714,"quantity":"14.85","sum":"70003","ndsRate":1,"ndsSum":11667,
          "calculationTypeSign":4,"calculationSubjectSign":1,"measure":"кг","modifiers":[],"properties":[{"key":"b"}]}],
         "totalSum":70003,"cashTotalSum":3,"ecashTotalSum":70000,"prepaymentSum":0,"postpaymentSum":0,
         "counterSubmissionSum":0,"nds18":0,"amountsReceiptNds":{"amountsNds":[{"nds":1,"ndsSum":11667}]},
         "buyerPhoneOrAddress":"a@example.org","senderAddress":"b@example.org","fnsUrl":"nalog.gov.ru"}}}}
        """#,
    ]

    @Test(arguments: dialects)
    func `every dialect gives the same receipt`(json: String) throws {
        let receipt = try ReceiptParser.receipt(from: Array(json.utf8))
        #expect(receipt.defects == [])
        #expect(receipt.seller.name == "ООО «Ромашка»")
        #expect(receipt.seller.taxNumber == "7825706086")
        #expect(receipt.seller.address == "Москва")
        #expect(receipt.seller.place == "Кафе")
        #expect(receipt.seller.cashier == "Иванова")
        #expect(receipt.time == ReceiptTime(iso8601: "2020-09-16T12:34:00"))
        #expect(receipt.shiftNumber == 24)
        #expect(receipt.requestNumber == 556)
        #expect(receipt.operation == .sale)
        #expect(receipt.taxation == [.general, .imputed])
        #expect(receipt.register.registrationNumber == "0001234567012345")
        #expect(receipt.register.serialNumber == "00106700")
        #expect(receipt.register.storageNumber == "9289000100123456")
        #expect(receipt.register.documentNumber == "23206")
        #expect(receipt.register.sign == "1168453787")
        #expect(receipt.register.format == .ffd105)
        #expect(receipt.total == 70003)
        #expect(receipt.payments.map(\.sum) == [3, 70000, 0, 0, 0])
        #expect(receipt.payments.map(\.form) == ReceiptPayment.Form.allCases)
        #expect(receipt.vatTotals == [VATTotal(rate: .standard, sum: 11667)])
        #expect(receipt.buyer == "a@example.org")
        #expect(receipt.senderAddress == "b@example.org")
        #expect(receipt.verificationSite == "nalog.gov.ru")
        let item = try #require(receipt.items.first)
        #expect(receipt.items.count == 1)
        #expect(item.name == "Хлеб")
        #expect(item.price == 4714)
        #expect(item.quantity?.description == "14.85")
        #expect(item.measure == "кг")
        #expect(item.sum == 70003)
        #expect(item.vatRate == .standard)
        #expect(item.vatSum == 11667)
        #expect(item.method == .fullPayment)
        #expect(item.subject == 1)
    }

    @Test(arguments: [
        ("\"2020-09-16T12:34:00\"", "2020-09-16T12:34"), ("1600259640", "2020-09-16T12:34"),
        ("\"1600259640\"", "2020-09-16T12:34"), ("\"2020-09-16\"", "2020-09-16"),
        ("{\"$date\":1600259640000}", "2020-09-16T12:34"),
        ("{\"$date\":{\"$numberLong\":\"1600259640000\"}}", "2020-09-16T12:34"),
        ("{\"$date\":\"2020-09-16T12:34:00Z\"}", "2020-09-16T12:34"),
    ])
    func `each form of time is read`(json: String, time: String) throws {
        let receipt = try parse("{\"dateTime\":\(json),\"items\":[],\"totalSum\":0}")
        #expect(receipt.time == ReceiptTime(iso8601: time))
        #expect(receipt.defects == [])
    }

    @Test(
        arguments: [
            (#""nds10":542"#, .ten, 542), (#""nds18":0,"nds10":0,"ndsCalculated18":7"#, .standardIncluded, 7),
            (#""ndsNo":0"#, .exempt, nil), (#""nds0":9590"#, .zero, nil), (#""nds18":0,"nds10":0"#, nil, nil),
            (#""nds":6,"ndsSum":0"#, .exempt, 0), (#""nds":1,"nds18":7"#, .standard, 7),
            (#""ndsRate":1,"nds10":7"#, .standard, nil), (#""nds22":5"#, .twentyTwo, 5),
        ] as [(String, VATRate?, Kopecks?)])
    func `an item's rate is a code or a field of its own`(json: String, rate: VATRate?, sum: Kopecks?) throws {
        let item = #"{"name":"x","price":1,"quantity":1,"sum":1,\#(json)}"#
        let receipt = try parse(#"{"items":[\#(item)],"totalSum":1}"#)
        #expect(receipt.items.first?.vatRate == rate)
        #expect(receipt.items.first?.vatSum == sum)
    }

    @Test(arguments: [
        #""totalSum":"0012","cashTotalSum":"012""#,
        #""totalSum":{"$numberLong":"12"},"cashTotalSum":{"$numberInt":12}"#,
        #""totalSum":12,"prepaidSum":12,"prepaymentSum":0"#, #""totalSum":12,"prepaymentSum":12,"prepaidSum":0"#,
        #""totalSum":12,"prepaymentSum":"","prepaidSum":12,"creditSum":" ","dateTime":"","shiftNumber":"""#,
        #""totalSum":1.2E+1,"ecashTotalSum":"12","fiscalDocumentFormatVer":"1.05","shiftNumber":"007""#,
    ])
    func `each notation of a number is read`(members: String) throws {
        let receipt = try parse("{\"items\":[],\(members)}")
        #expect(receipt.defects == [])
        #expect(receipt.total == 12)
        #expect(receipt.payments.map(\.sum).reduce(0, +) == 12)
    }

    @Test(
        arguments: [
            ("1", .ffd10), ("2", .ffd105), ("\"3\"", .ffd11), ("\"1.2\"", .ffd12), ("1.1", .ffd11), ("9", nil),
        ] as [(String, Receipt.Format?)])
    func `a format is a code or a version`(json: String, format: Receipt.Format?) throws {
        let receipt = try parse("{\"items\":[],\"totalSum\":0,\"fiscalDocumentFormatVer\":\(json)}")
        #expect(receipt.register.format == format)
        #expect(receipt.defects.count == (format == nil ? 1 : 0))
    }

    @Test(
        arguments: [
            ("in lists", #"{"ticket":[{"document":{"receipt":R}}]}"#, 1),
            ("below another total", #"{"totalSum":5,"ticket":{"document":{"receipt":R}}}"#, 1),
            ("with a total alone", #"{"document":{"totalSum":1}}"#, 1),
            ("side by side", #"{"receipts":[R,R]}"#, .manyReceipts(2)),
            ("under two names", #"{"a":R,"b":R}"#, .manyReceipts(2)),
        ] as [(String, String, Wrapped)])
    func `a receipt may be nested in other values`(name: String, json: String, expected: Wrapped) throws {
        let json = json.replacing("R", with: #"{"items":[],"totalSum":1}"#)
        switch expected {
        case .total(let total): #expect(try parse(json).total == total)
        case .error(let error): #expect(throws: error) { try parse(json) }
        }
    }

    /// The result for nested receipts.
    enum Wrapped: ExpressibleByIntegerLiteral {
        case total(Kopecks)
        case error(ReceiptError)

        init(integerLiteral value: Kopecks) { self = .total(value) }

        static func manyReceipts(_ count: Int) -> Wrapped { .error(.manyReceipts(count)) }
    }

    @Test func `a finding uses the receipt's own name`() throws {
        let receipt = try parse(#"{"items":[],"totalSum":0,"postpaymentSum":"x"}"#)
        #expect(receipt.defects.map(\.explanation) == ["postpaymentSum: \"x\" is not whole kopecks"])
    }

    @Test(arguments: [
        (#""prepaidSum":7,"prepaymentSum":5"#, "prepaymentSum: 5 is not 7, as prepaidSum is"),
        (#""prepaymentSum":5,"prepaidSum":7"#, "prepaymentSum: 5 is not 7, as prepaidSum is"),
        (#""prepaymentSum":7,"prepaidSum":"007""#, nil), (#""prepaymentSum":7,"prepaidSum":0"#, nil),
    ])
    func `two amounts under two names are a defect`(members: String, defect: String?) throws {
        let receipt = try parse("{\"items\":[],\"totalSum\":0,\(members)}")
        #expect(receipt.defects.map(\.explanation) == [defect].compactMap(\.self))
        #expect(receipt.defects.allSatisfy { $0.severity == .error })
        #expect(receipt.payments == [ReceiptPayment(form: .prepaid, sum: 7)])
    }

    @Test(arguments: [
        #""appliedTaxationType":1,"taxationType":3"#, #""taxationType":3,"appliedTaxationType":1"#,
        #""appliedTaxationType":0,"taxationType":1"#,
    ])
    func `the applied taxation takes precedence over the registered ones`(members: String) throws {
        let receipt = try parse("{\"items\":[],\"totalSum\":0,\(members)}")
        #expect(receipt.taxation == [.general])
        #expect(receipt.defects == [])
    }

    @Test(arguments: [
        ("all negated", #""price":-100,"quantity":1,"sum":-90,"modifiers":[{"discountSum":-10}]"#, -10),
        ("but the modifiers", #""price":-100,"quantity":1,"sum":-90,"modifiers":[{"discountSum":10}]"#, -10),
        ("by the quantity", #""price":100,"quantity":-1,"sum":-90,"modifiers":[{"discountSum":-10}]"#, -10),
        ("a markup", #""price":-100,"quantity":1,"sum":-110,"modifiers":[{"markupSum":-10}]"#, 10),
        ("neither fits", #""price":-100,"quantity":1,"sum":-50,"modifiers":[{"discountSum":10}]"#, -10),
        ("nothing negated", #""price":100,"quantity":1,"sum":110,"modifiers":[{"discountSum":10}]"#, -10),
    ])
    func `a storno's modifiers have the sign that adds up`(name: String, members: String, change: Kopecks) throws {
        let storno = #"{"name":"x",\#(members)}"#
        let receipt = try parse(#"{"items":[],"stornoItems":[\#(storno)],"totalSum":0}"#)
        #expect(receipt.stornoItems.first?.modifiers.map(\.change) == [change])
        #expect(receipt.stornoItems.first?.price ?? 0 > 0)
    }

    @Test func `an element that is not an object keeps its position`() throws {
        let receipt = try parse(#"{"items":[],"stornoItems":[7],"totalSum":0}"#)
        #expect(receipt.items.isEmpty && receipt.stornoItems == [ReceiptItem()])
        #expect(receipt.defects.map(\.explanation) == ["stornoItems[0]: 7 is not an object"])
    }

    @Test func `storno items and modifiers are kept apart from items`() throws {
        let receipt = try parse(
            #"""
            {"items":[{"name":"a","price":100,"quantity":1,"sum":90,
             "modifiers":[{"discountName":"Скидка","discountSum":10},{"markupSum":5},{"discountSum":0},
               {"discountSum":3,"markupName":"Чаевые","markupSum":3}]},
             {"name":"b","price":1,"quantity":1,"sum":1,"storno":true}],
             "stornoItems":{"name":"c","price":2,"quantity":1,"sum":2},"totalSum":87}
            """#)
        #expect(receipt.items.map(\.name) == ["a"])
        #expect(receipt.stornoItems.map(\.name) == ["b", "c"])
        #expect(receipt.items.first?.modifiers.map(\.change) == [-10, 5, -3, 3])
        #expect(receipt.items.first?.modifiers.first?.name == "Скидка")
    }

    @Test(
        arguments: [
            ("total", #"{"items":[]}"#, .missingField, .error, "totalSum is missing"),
            ("items", #"{"totalSum":1}"#, .missingField, .error, "items is missing"),
            (
                "total as text", #"{"items":[],"totalSum":"abc"}"#, .badValue, .error,
                "totalSum: \"abc\" is not whole kopecks"
            ),
            (
                "fraction", #"{"items":[],"totalSum":1.505}"#, .badValue, .error,
                "totalSum: 1.505 is not roubles with whole kopecks"
            ),
            ("huge", #"{"items":[],"totalSum":1e400}"#, .badValue, .error, "totalSum: 1e400 is not whole kopecks"),
            ("list", #"{"items":3,"totalSum":1}"#, .badValue, .error, "items: 3 is not a list"),
            ("item", #"{"items":[7],"totalSum":1}"#, .badValue, .error, "items[0]: 7 is not an object"),
            (
                "item's sum", #"{"items":[{"name":"x","price":1,"quantity":1}],"totalSum":1}"#, .missingField, .error,
                "items[0].sum is missing"
            ),
            (
                "quantity", #"{"items":[{"name":"x","price":1,"quantity":true,"sum":1}],"totalSum":1}"#, .badValue,
                .error,
                "items[0].quantity: true is not a number"
            ),
            (
                "name", #"{"items":[{"price":1,"quantity":1,"sum":1}],"totalSum":1}"#, .missingField, .warning,
                "items[0].name is missing"
            ),
            (
                "time", #"{"items":[],"totalSum":0,"dateTime":"now"}"#, .badValue, .warning,
                "dateTime: \"now\" is not a time"
            ),
            (
                "operation", #"{"items":[],"totalSum":0,"operationType":9}"#, .badValue, .warning,
                "operationType: 9 is not a known code"
            ),
            ("seller", #"{"items":[],"totalSum":0,"user":{}}"#, .badValue, .warning, "user: {…} is not text"),
            (
                "VAT", #"{"items":[],"totalSum":0,"nds18":"x"}"#, .badValue, .warning,
                "nds18: \"x\" is not whole kopecks"
            ),
        ] as [(String, String, ReceiptFinding.Class, ReceiptFinding.Severity, String)])
    func `an unreadable value is a finding`(
        name: String, json: String, class: ReceiptFinding.Class, severity: ReceiptFinding.Severity, explanation: String
    ) throws {
        let findings = ReceiptCheck.findings(of: try parse(json))
        #expect(findings.map(\.explanation) == [explanation])
        #expect(findings.map(\.class) == [`class`])
        #expect(findings.map(\.severity) == [severity])
    }

    @Test(
        arguments: [
            ("", .malformed(offset: 0)), ("{", .malformed(offset: 1)), ("{}", .notAReceipt), ("[]", .notAReceipt),
            ("3", .notAReceipt), ("{\"a\":1}x", .malformed(offset: 7)), ("{\"a\":01}", .malformed(offset: 6)),
            ("{\"a\":\"\u{1}\"}", .malformed(offset: 6)), ("{'a':1}", .malformed(offset: 1)),
            ("{\"a\":tru}", .malformed(offset: 8)), ("[1,]", .malformed(offset: 3)), ("\"\\x\"", .malformed(offset: 1)),
            ("\"\\u12\"", .malformed(offset: 5)),
        ] as [(String, ReceiptError)])
    func `text that is not a receipt is an error`(json: String, error: ReceiptError) {
        #expect(throws: error) { try parse(json) }
    }

    @Test(
        arguments: [
            ("", "[", 100_000, "", .tooDeep), ("", "{\"a\":", 100_000, "", .tooDeep),
            ("", " ", ReceiptParser.maximumSize + 1, "", .tooLarge),
            ("{\"items\":[", "{},", 10_000, "{}]}", .tooManyItems),
        ] as [(String, String, Int, String, ReceiptError)])
    func `an oversized receipt is an error`(
        start: String, part: String, count: Int, end: String, error: ReceiptError
    ) {
        #expect(throws: error) { try parse(start + String(repeating: part, count: count) + end) }
    }

    @Test func `escapes in strings are decoded`() throws {
        let json = #"{"user":"\"\\\/\b\f\n\r\t\u041f\ud83c\udf7a\ud83c!\udf7a","items":[],"totalSum":0}"#
        #expect(try parse(json).seller.name == "\"\\/\u{8}\u{C}\n\r\tП🍺\u{FFFD}!\u{FFFD}")
    }

    @Test func `the last value of a repeated name wins`() throws {
        let json = #"{"totalSum":1,"user":"a","items":[],"totalSum":2,"user":null,"dateTime":{"$date":0,"$date":60}}"#
        let receipt = try parse(json)
        #expect(receipt.total == 2)
        #expect(receipt.seller.name == "a", "null is as good as absent")
        #expect(receipt.time == ReceiptTime(seconds: 60))
        #expect(receipt.defects == [])
    }

    @Test(arguments: [("1", true), ("1.0", true), ("10e-1", true), ("0", false), ("2", false), ("1e99", false)])
    func `a flag may be a number`(number: String, isStorno: Bool) throws {
        let item = #"{"name":"x","price":1,"quantity":1,"sum":1,"storno":\#(number)}"#
        #expect(try parse(#"{"items":[\#(item)],"totalSum":1}"#).stornoItems.isEmpty != isStorno)
    }

    @Test func `a byte order mark and invalid UTF-8 are tolerated`() throws {
        let json = [0xEF, 0xBB, 0xBF] + Array(#"{"user":""#.utf8) + [0xFF] + Array(#"","items":[],"totalSum":0}"#.utf8)
        #expect(try ReceiptParser.receipt(from: json).seller.name == "\u{FFFD}")
    }

    @Test func `truncated and corrupted input does not crash the parser`() {
        let bytes = Array(Self.dialects[1].utf8)
        let replacements = Array("0-\"[}e".utf8) + [0xFF]
        for position in bytes.indices {
            _ = try? ReceiptParser.receipt(from: Array(bytes[..<position]))
            var changed = bytes
            changed[position] = replacements[position % replacements.count]
            if let receipt = try? ReceiptParser.receipt(from: changed) { _ = ReceiptCheck.findings(of: receipt) }
        }
    }

    private func parse(_ json: String) throws -> Receipt { try ReceiptParser.receipt(from: Array(json.utf8)) }
}
