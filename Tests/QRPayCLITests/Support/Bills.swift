import Explorer
import JSONKit
import TestSupport
import Testing

/// Bills and orders to test with.
extension Stage {
    /// A bill in the form of iiko-integration's `POST /orders`.
    static func bill(
        _ id: String = "bill-1", restaurant: String = "cafe", amount: String = "120.50", currency: String = "RUB",
        lines: [(name: String, amount: String)]? = nil
    ) -> String {
        let elements = (lines ?? [("Soup", amount)]).map { #"{"name": "\#($0.name)", "amount": "\#($0.amount)"}"# }
        return """
            {"client_id": "\(restaurant)", "internal_order_id": "\(id)", "bill": {"currency": "\(currency)",
             "amount": "\(amount)", "elements": [\(elements.joined(separator: ", "))]}}
            """
    }

    /// Registers the restaurant `cafe` with 10% cashback.
    func addRestaurant() async throws {
        try await qrpay("restaurant", "add", "cafe", "--name", "Кафе «Пирог»", "--cashback", "10").succeeded()
    }

    /// Creates an order from a bill.
    /// - Returns: the output of `preorder create --json`.
    func preorder(_ bill: String = bill(), sourceLocation: SourceLocation = #_sourceLocation) async throws -> JSON {
        try await qrpay(["preorder", "create", "-", "--json"], input: bill)
            .succeeded(sourceLocation: sourceLocation).json(sourceLocation: sourceLocation)
    }

    /// Creates an order from a bill.
    /// - Returns: the order's id.
    func order(_ bill: String = bill(), sourceLocation: SourceLocation = #_sourceLocation) async throws -> String {
        try #require(
            try await preorder(bill, sourceLocation: sourceLocation)["order_id"].text, sourceLocation: sourceLocation)
    }

    /// Creates an order from a bill and has `uid` pay it.
    /// - Returns: the order's id.
    func paidOrder(_ bill: String = bill(), uid: String = "guest") async throws -> String {
        let id = try await order(bill)
        try await qrpay("pay", id, "--uid", uid, "--method", "card-approve").succeeded()
        return id
    }

    /// What `order show --json` says.
    func shown(_ order: String) async throws -> JSON {
        try await qrpay("order", "show", order, "--json").succeeded().json()
    }
}
