package import PaymentCore
package import SQLKit

package struct RestaurantRepository {
    private let connection: any SQLConnection

    package init(_ connection: any SQLConnection) { self.connection = connection }

    package func restaurant(clientID: String) throws -> Restaurant? {
        try connection.query("SELECT * FROM restaurants WHERE client_id = $1", [.text(clientID)]).first.map(
            Self.restaurant)
    }

    /// By name.
    package func restaurants() throws -> [Restaurant] {
        try connection.query("SELECT * FROM restaurants ORDER BY name, client_id").map(Self.restaurant)
    }

    /// Adds the restaurant, or updates the name and address of an existing one.
    package func save(_ restaurant: Restaurant) throws {
        try connection.execute(
            """
            INSERT INTO restaurants (client_id, name, zone, created_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (client_id) DO UPDATE SET name = excluded.name, zone = excluded.zone
            """,
            [
                .text(restaurant.clientID), .text(restaurant.name), .text(restaurant.zone),
                .instant(restaurant.createdAt),
            ])
    }

    private static func restaurant(_ row: SQLRow) throws -> Restaurant {
        Restaurant(
            clientID: try row.text("client_id"), name: try row.text("name"), zone: try row.optionalText("zone"),
            createdAt: try row.instant("created_at"))
    }
}
