/// Who may do what, over HTTP.
extension Problem {
    /// No key, or not a valid one; there is one error for every reason.
    package static let badKey = Problem(.unauthenticated, "unauthorized", "a valid key is needed")

    /// - Parameter named: whom a request says it is about; nil when it does not say.
    package static func checkRestaurant(_ named: String?, is clientID: String) throws {
        guard let named, named != clientID else { return }
        throw Problem(.forbidden, "wrong_restaurant", "the key is another restaurant's than client_id")
    }
}
