/// Stores a user's payment methods.
package protocol CardstorageClient: Sendable {
    func paymentMethods(uid: String) async throws -> [PaymentMethod]
}

package struct PaymentMethod: Hashable, Sendable {
    package var id: String
    /// The title shown to the guest, `"VISA ****4242"`.
    package var title: String

    package init(id: String, title: String) {
        self.id = id
        self.title = title
    }
}
