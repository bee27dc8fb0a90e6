import CommandLineKit
import PaymentCore

extension Context {
    /// The actor: `QRPAY_ACTOR`, or the account's name; under sudo, the invoking user's. Recorded, but not proof.
    var actor: Actor {
        ["QRPAY_ACTOR", "SUDO_USER", "LOGNAME", "USER"].lazy.compactMap { environment[$0] }
            .first { name in name.utf8.count <= 64 && name.wholeMatch(of: /[A-Za-z0-9._@-]+/) != nil }
            .map(Actor.person) ?? .support
    }
}
