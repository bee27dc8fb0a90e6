/// The seller acting as an agent, for a whole receipt or one item.
package struct ReceiptAgency: Hashable, Sendable {
    /// The seller's role as an agent, by bit (tags 1057 and 1222).
    package enum Role: Int, CaseIterable, Sendable {
        case bankPaymentAgent = 1
        case bankPaymentSubagent = 2
        case paymentAgent = 4
        case paymentSubagent = 8
        case attorney = 16
        case commissionAgent = 32
        case agent = 64
    }

    package var roles: [Role] = []
    /// Tag 1225.
    package var supplier: String?
    /// INN, 10 or 12 digits (tag 1226); nil for a supplier without one, which is written as zeros.
    package var supplierTaxNumber: String?
    /// Tag 1171.
    package var supplierPhones: [String] = []

    package init() {}
}

extension ReceiptFields {
    /// The agency of this object; supplier data may be in `providerData` (tag 1224) or beside it.
    mutating func agency() -> ReceiptAgency {
        var agency = ReceiptAgency()
        guard hasAgency else { return agency }
        agency.roles = agentRoles()
        agency.supplierTaxNumber = text(.providerInn).flatMap { number in
            number.utf8.allSatisfy { $0 == UInt8(ascii: "0") } ? nil : number
        }
        agency.supplier = text(.providerName)
        agency.supplierPhones = texts(.providerPhone)
        for case let object? in objects(.providerData) {
            var data = ReceiptFields(object, path: "\(path)providerData.", unit: unit)
            agency.supplier = agency.supplier ?? data.text(.providerName)
            agency.supplierTaxNumber = agency.supplierTaxNumber ?? data.text(.providerInn)
            if agency.supplierPhones.isEmpty { agency.supplierPhones = data.texts(.providerPhone) }
            defects += data.defects
        }
        return agency
    }

    /// Some writers use -1 or 0 for a seller who is not an agent.
    private mutating func agentRoles() -> [ReceiptAgency.Role] {
        guard let bits = integer(.paymentAgentType), bits > 0 else { return [] }
        let known = ReceiptAgency.Role.allCases.filter { bits & Int64($0.rawValue) != 0 }
        if known.reduce(0, { $0 + Int64($1.rawValue) }) != bits { rejectCode(.paymentAgentType) }
        return known
    }
}
