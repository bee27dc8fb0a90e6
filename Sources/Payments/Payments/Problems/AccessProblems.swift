/// Authorization of HTTP requests.
extension Problem {
    /// No key, or an invalid one; every reason gives the same error.
    package static let badKey = Problem(.unauthenticated, "unauthorized", "a valid key is needed")

    /// - Parameter named: the client id that a request names; nil when it names none.
    package static func checkRestaurant(_ named: String?, is clientID: String) throws {
        guard let named, named != clientID else { return }
        throw Problem(.forbidden, "wrong_restaurant", "the key belongs to a restaurant other than client_id")
    }
}
