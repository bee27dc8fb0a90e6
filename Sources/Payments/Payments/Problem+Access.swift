/// Who may do what, over HTTP.
extension Problem {
    /// No key, or not a valid one; there is one error for every reason.
    package static let badKey = Problem(.unauthenticated, "unauthorized", "a valid key is required")

    /// - Parameter named: whom a request says it is about; nil when it does not say.
    package static func checkRestaurant(_ named: String?, is clientID: String) throws {
        guard let named, named != clientID else { return }
        throw Problem(.forbidden, "wrong_restaurant", "the key belongs to a different restaurant than client_id")
    }
}
