import CommandLineKit
import JSONKit
import PaymentAPI
import Payments

enum RestaurantKey {
    private static let rotate = Option(flag: "rotate", summary: "Create a new key and keep the current one")
    private static let revoke = Option(flag: "revoke", summary: "Revoke every key but the newest")

    static let command = Command(
        CommandSpec(
            path: ["restaurant", "key"], summary: "Create the API key that authenticates a restaurant's iiko",
            discussion: """
                The key is shown once; only its digest is stored. iiko sends it as X-API-Key, or as a bearer token.

                To change it: --rotate creates a new key and leaves the old one valid; configure the new one in iiko; \
                --revoke revokes the old one. If a key has leaked, --rotate --revoke does both in one step.
                """,
            arguments: [RestaurantArgument.clientID], options: [rotate, revoke],
            examples: [
                ExampleSpec(command: "qrpay restaurant key cafe-42", summary: "Create the restaurant's first key"),
                ExampleSpec(
                    command: "qrpay restaurant key cafe-42 --rotate --json",
                    summary: "Create the next one, for a script"),
            ],
            exitStatuses: [ExitStatusSpec(status: 4, meaning: "It already has a key, and --rotate was not given")]),
        libraries: [.signing]
    ) { options, context in
        let clientID = options[RestaurantArgument.clientID]
        let keys = RestaurantKeys(try await Wiring.services(options, context))
        let change =
            switch (options[rotate], options[revoke]) {
            case (false, false): try await keys.issue(clientID: clientID)
            case (true, let revokes): try await keys.rotate(clientID: clientID, endingFormer: revokes)
            case (false, true): try await keys.endFormer(clientID: clientID)
            }
        let made =
            change.key == nil
            ? "the old keys are revoked"
            : "a new key was created, which cannot be shown again ('--rotate --revoke' replaces it)"
        context.did("restaurant \(clientID): \(made)", look: "qrpay restaurant show \(clientID)")
        try context.show(KeyOutput(change: change), asJSON: options.isJSON)
        if change.key != nil { try context.note("qrpay: the key is shown only this once") }
        return .done
    }
}

/// The change of a restaurant's keys.
private struct KeyOutput: Detailed {
    var change: RestaurantKeys.Change

    var json: JSONObject { ["client_id": change.clientID, "key": change.key, "valid": change.valid] }

    var details: [(label: String, value: String?)] {
        [
            ("client_id", change.clientID), ("key", change.key),
            ("valid", change.valid.map { "\($0)" }.joined(separator: ", ")),
        ]
    }
}
