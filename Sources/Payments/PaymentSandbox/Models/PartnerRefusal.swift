/// A partner's rejection as sent: a status, usually a 4xx, with `{"code", "message"}`.
package struct PartnerRefusal: Error, Hashable, Sendable {
    package var status: Int
    /// A stable word, `"key_reused"`.
    package var code: String
    package var message: String

    package init(_ status: Int, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    /// An idempotency key reused with another body.
    static func keyReused(_ what: String) -> PartnerRefusal {
        PartnerRefusal(409, "key_reused", "\(what) exists with other content")
    }
}
