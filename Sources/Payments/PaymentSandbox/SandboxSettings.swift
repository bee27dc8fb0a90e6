package import JSONKit
import PaymentPartners

/// How the sandbox's partners behave; every field of the JSON form may be left out.
///
/// ```json
/// {"receipt_delay_seconds": 1, "slow_card_seconds": 2, "callback_attempts": 5, "allows_remote_callbacks": false,
///  "faults": [{"partner": "transactions", "kind": "reset", "probability": 0.1, "seed": 7}]}
/// ```
package struct SandboxSettings: Hashable, Sendable {
    /// How long Eda takes to issue a receipt after its items arrive.
    package var receiptDelaySeconds = 1.0
    /// How long operations of ``Card/slow`` stay pending.
    package var slowCardSeconds = 2.0
    /// The maximum number of attempts to deliver a callback; the pauses double, from 0.2 seconds.
    package var callbackAttempts = 5
    /// Whether callbacks may go to other hosts.
    package var allowsRemoteCallbacks = false
    package var faults: [FaultRule] = []

    package init() {}

    /// - Throws: ``FieldError`` with the invalid field.
    package init(json: [UInt8]) throws(FieldError) {
        let wire = try JSON.message(Wire.self, from: json)
        receiptDelaySeconds = wire.receiptDelaySeconds ?? receiptDelaySeconds
        slowCardSeconds = wire.slowCardSeconds ?? slowCardSeconds
        callbackAttempts = wire.callbackAttempts ?? callbackAttempts
        allowsRemoteCallbacks = wire.allowsRemoteCallbacks ?? allowsRemoteCallbacks
        faults = wire.faults ?? faults
        let seconds = [("receipt_delay_seconds", receiptDelaySeconds), ("slow_card_seconds", slowCardSeconds)]
        for (field, value) in seconds where !(0...86_400).contains(value) {
            throw FieldError(field: field, problem: "not 0 to 86400")
        }
        guard (1...20).contains(callbackAttempts) else {
            throw FieldError(field: "callback_attempts", problem: "not 1 to 20")
        }
        for rule in faults { try rule.check() }
    }

    private struct Wire: Decodable {
        var receiptDelaySeconds: Double?
        var slowCardSeconds: Double?
        var callbackAttempts: Int?
        var allowsRemoteCallbacks: Bool?
        var faults: [FaultRule]?

        enum CodingKeys: String, CodingKey {
            case receiptDelaySeconds = "receipt_delay_seconds"
            case slowCardSeconds = "slow_card_seconds"
            case callbackAttempts = "callback_attempts"
            case allowsRemoteCallbacks = "allows_remote_callbacks"
            case faults
        }
    }
}
