import CommandLineKit
import JSONKit
import PaymentAPI
import Payments

enum RestaurantKey {
    static let command = Command(
        CommandSpec(
            path: ["restaurant", "key"], summary: "Make the key by which a restaurant's iiko proves who it is",
            discussion: """
                The key is shown once; only a digest of it is kept. iiko sends it as X-API-Key, or as a bearer token.

                To change it: --rotate makes a new key and leaves the former one valid, iiko is given the new one, \
                --revoke ends the former one. When a key got into wrong hands, --rotate --revoke does both at once.
                """,
            arguments: [ArgumentSpec(name: "CLIENT_ID", summary: "The restaurant's id")],
            options: [
                OptionSpec(name: "rotate", summary: "Make a new key beside the present one"),
                OptionSpec(name: "revoke", summary: "End every key but the newest"),
            ],
            examples: [
                ExampleSpec(command: "qrpay restaurant key cafe-42", summary: "Make the restaurant's first key"),
                ExampleSpec(
                    command: "qrpay restaurant key cafe-42 --rotate --json", summary: "Make the next one, for a script"),
            ],
            exitStatuses: [ExitStatusSpec(status: 4, meaning: "It has a key already, and --rotate was not given")]),
        libraries: [.signing]
    ) { options, context in
        let clientID = try ParsedOptions.identifier(try options.required("CLIENT_ID"), "CLIENT_ID")
        let keys = RestaurantKeys(try await Wiring.services(options, context, missingStore: .made))
        let change =
            switch (options.isSet("rotate"), options.isSet("revoke")) {
            case (false, false): try await keys.issue(clientID: clientID)
            case (true, let revokes): try await keys.rotate(clientID: clientID, endingFormer: revokes)
            case (false, true): try await keys.endFormer(clientID: clientID)
            }
        let made =
            change.key == nil
            ? "the former keys have ended"
            : "a new key is made, which cannot be shown again ('--rotate --revoke' puts another in its place)"
        context.did("restaurant \(clientID): \(made)", look: "qrpay restaurant show \(clientID)")
        try context.show(KeyOutput(change: change), asJSON: options.isJSON)
        if change.key != nil { try context.note("qrpay: the key is shown now and never again") }
        return .done
    }
}

/// What became of a restaurant's keys.
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
