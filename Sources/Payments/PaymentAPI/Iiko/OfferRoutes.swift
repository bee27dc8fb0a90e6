import HTTPKit
import PaymentCore
import Payments

/// iiko-integration, the app's side: where and to whom paying by QR code is offered.
enum OfferRoutes {
    static func all(_ services: Services, _ availability: Availability) -> [Route] {
        [isAvailable(availability), restaurants(services, availability)]
    }

    private static func audience(_ zone: String?, _ uuid: String?, _ phoneID: String?, _ uid: String?) -> Audience {
        Audience(uid: uid ?? uuid, phoneID: phoneID, zone: zone)
    }

    private struct IsAvailable: Encodable, JSONMessage {
        static let schema = JSONSchema.object(["is_available": .boolean("Whether the user can pay by QR code")])

        var isAvailable: Bool

        enum CodingKeys: String, CodingKey { case isAvailable = "is_available" }
    }

    private static func isAvailable(_ availability: Availability) -> Route {
        Route.immediate(
            "GET", "/availability", operation: "getAvailability",
            summary: "Whether the user can pay by QR code here", access: .gateway,
            Input.zone, Input.uuid, Input.phoneID, Input.optionalUID,
            output: .json(IsAvailable.self, "By configuration and experiments")
        ) { zone, uuid, phoneID, uid in
            Reply(IsAvailable(isAvailable: availability.isAvailable(to: audience(zone, uuid, phoneID, uid))))
        }
    }

    private struct Offered: Encodable, JSONMessage {
        static let schema = JSONSchema.object([
            "restaurants": .array(of: .object(["name": .string(from: 1), "cashback": .percent]))
        ])

        struct Restaurant: Encodable {
            var name: String
            var cashback: String
        }

        var restaurants: [Restaurant]
    }

    private static func restaurants(_ services: Services, _ availability: Availability) -> Route {
        Route(
            "GET", "/restaurants", operation: "listRestaurants",
            summary: "The restaurants where the user can pay by QR code, with their cashback", access: .gateway,
            Input.zone, Input.uuid, Input.phoneID, Input.optionalUID,
            output: .json(Offered.self, "By name; empty where the feature is not offered")
        ) { zone, uuid, phoneID, uid in
            let audience = audience(zone, uuid, phoneID, uid)
            let offered = try await Restaurants(services).offered(to: audience, under: availability)
            return Reply(
                Offered(
                    restaurants: offered.map {
                        .init(name: $0.restaurant.name, cashback: "\($0.rule?.percent.description ?? "0")%")
                    }))
        }
    }
}
