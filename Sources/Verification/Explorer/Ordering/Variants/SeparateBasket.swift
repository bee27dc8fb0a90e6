import Ordering
import OrderingCore
import SQLKit

/// A user's basket as an original has it: one transaction looks for it, another makes it.
struct SeparateBasket: Sendable {
    let database: any SQLDatabase

    func open(_ request: ServiceRequest) async throws -> ServiceAnswer {
        let userID = try request.fields.required(.userID)
        let found = try await database.read { connection in
            try connection.query(
                "SELECT id, status FROM baskets WHERE user_id = $1 AND status <> 'paid' ORDER BY id LIMIT 1",
                [.text(userID)]
            ).first.map { Basket(id: try $0.text("id"), userID: userID, status: try $0.word("status")) }
        }
        if let found { return ServiceAnswer(200, found.fields) }
        let basket = Basket(id: request.correlationID, userID: userID)
        try await database.write { connection in
            try connection.execute(
                "INSERT INTO baskets (id, user_id, status, attempt) VALUES ($1, $2, $3, 0)",
                [.text(basket.id), .text(userID), .text(basket.status.rawValue)])
        }
        return ServiceAnswer(200, basket.fields)
    }
}
