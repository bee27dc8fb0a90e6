import FiscalReceipts
import Testing

struct ReceiptAgencyTests {
    static let phones = #"["+70000000001","","+70000000002"]"#

    @Test(
        arguments: [
            ("1", [.bankPaymentAgent]), ("2", [.bankPaymentSubagent]), ("4", [.paymentAgent]),
            ("8", [.paymentSubagent]),
            ("16", [.attorney]), ("\"32\"", [.commissionAgent]), ("64", [.agent]),
            ("33", [.bankPaymentAgent, .commissionAgent]),
            ("0", []), ("-1", []), ("null", []),
        ] as [(String, [ReceiptAgency.Role])])
    func `an agent's role is a set of bits`(value: String, roles: [ReceiptAgency.Role]) throws {
        let receipt = try receipt(#""paymentAgentType":\#(value)"#, item: #""paymentAgentByProductType":\#(value)"#)
        #expect(receipt.agency.roles == roles && receipt.items.first?.agency.roles == roles)
        #expect(receipt.defects == [])
    }

    @Test func `an unknown role is a finding`() throws {
        let receipt = try receipt(#""paymentAgentType":192"#)
        #expect(receipt.agency.roles == [.agent])
        #expect(receipt.defects.map(\.explanation) == ["paymentAgentType: 192 is not a known code"])
        #expect(receipt.defects.map(\.severity) == [.warning])
    }

    @Test(arguments: [
        #""providerInn":"7811111111  ","providerData":{"providerName":"Повар","providerPhone":\#(phones)}"#,
        #""providerInn":7811111111,"providerName":"Повар","providerPhone":\#(phones)"#,
        #""providerData":[{"providerName":"Повар","providerInn":"7811111111","providerPhones":\#(phones)}]"#,
        #""supplierInn":"7811111111","supplierData":{"supplierName":"Повар","supplierPhones":\#(phones)}"#,
    ])
    func `a supplier has a name, a number and phones, on an item or on the receipt`(members: String) throws {
        let receipt = try receipt(members, item: members)
        for agency in [receipt.agency, receipt.items.first?.agency] {
            #expect(agency?.supplier == "Повар" && agency?.supplierTaxNumber == "7811111111")
            #expect(agency?.supplierPhones == ["+70000000001", "+70000000002"])
        }
        #expect(receipt.defects == [])
    }

    @Test func `a supplier without a number has zeros, and one phone needs no list`() throws {
        let receipt = try receipt(#""providerInn":"000000000000","providerPhone":"+70000000001""#)
        #expect(receipt.agency.supplierTaxNumber == nil && receipt.agency.supplierPhones == ["+70000000001"])
    }

    private func receipt(_ members: String, item: String = #""nds":6"#) throws -> Receipt {
        let item = #"{"name":"x","price":1,"quantity":1,"sum":1,\#(item)}"#
        return try ReceiptParser.receipt(from: Array(#"{"items":[\#(item)],"totalSum":1,\#(members)}"#.utf8))
    }
}
