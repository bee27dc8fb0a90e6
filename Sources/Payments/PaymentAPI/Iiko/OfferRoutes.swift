import HTTPKit
import PaymentCore
import Payments

/// iiko-integration, the app's side: where and to whom paying by QR code is offered.
enum OfferRoutes {
    static func all(_ services: Services, _ availability: Availability) -> [Route] {
        [isAvailable(availability), restaurants(services, availability)]
    }

    private static let parameters = [Parameter.zone, .uuid, .phoneID, Parameter.uid.optional]

    private static func audience(_ call: Call) throws -> Audience {
        // Each is read, so that a malformed one is refused even when it is not needed.
        let (uid, uuid) = (try call.identifier(Parameter.uid.optional), try call.identifier(.uuid))
        return Audience(
            uid: uid ?? uuid,
            phoneID: try call.identifier(.phoneID), zone: try call.identifier(.zone))
    }

    private struct IsAvailable: Encodable {
        var isAvailable: Bool

        enum CodingKeys: String, CodingKey { case isAvailable = "is_available" }
    }

    private static func isAvailable(_ availability: Availability) -> Route {
        Route(
            method: "GET", path: "/availability", operation: "getAvailability",
            summary: "Whether the user can pay by QR code here", access: .gateway, parameters: parameters,
            success: .init(summary: "By configuration and experiments", schema: Messages.availability),
            handler: .immediate { call in
                try Answer(IsAvailable(isAvailable: availability.isAvailable(to: try audience(call))))
            })
    }

    private struct Offered: Encodable {
        struct Restaurant: Encodable {
            var name: String
            var cashback: String
        }

        var restaurants: [Restaurant]
    }

    private static func restaurants(_ services: Services, _ availability: Availability) -> Route {
        Route(
            method: "GET", path: "/restaurants", operation: "listRestaurants",
            summary: "The restaurants where the user can pay by QR code, with their cashback", access: .gateway,
            parameters: parameters,
            success: .init(summary: "By name; empty where the feature is not offered", schema: Messages.restaurants),
            handler: .asynchronous { call in
                let offered = try await Restaurants(services).offered(to: try audience(call), under: availability)
                return try Answer(
                    Offered(
                        restaurants: offered.map {
                            .init(name: $0.restaurant.name, cashback: "\($0.rule?.percent.description ?? "0")%")
                        }))
            })
    }
}
