package import OrderingCore

/// One user of an ordering system, on its stores or over its HTTP API. All refusals are ``APIFailure``.
package protocol OrderingClient: Sendable {
    func user() async throws -> User
    func account() async throws -> Account
    /// - Parameter key: makes a repetition the same change.
    func deposit(_ amount: Money, key: String) async throws
    func withdraw(_ amount: Money, key: String) async throws
    /// The id of the user's one unpaid basket.
    func basket() async throws -> String
    /// - Parameter key: makes a repetition the same order.
    /// - Returns: the order, which may be pending still.
    func order(_ price: Money, basketID: String?, key: String) async throws -> Order
    /// - Parameter seconds: how long to wait for its outcome.
    func order(_ id: String, waitSeconds seconds: Double) async throws -> Order
    func orders() async throws -> [Order]
    func notifications() async throws -> [Notification]
}
