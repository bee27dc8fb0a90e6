import PaymentCore
import WorldKit

extension Preorders {
    /// Shows the order to a guest who scanned its QR code, and records the view.
    /// - Throws: what ``view(orderID:uid:)`` throws.
    package func show(orderID: String, uid: String) async throws -> View {
        let view = try await view(orderID: orderID, uid: uid)
        let isViewed = try await services.store.read { try $0.orderStatuses.isViewed(orderID: orderID) }
        if !isViewed {
            let now = services.world.now()
            try await services.store.write { try $0.orderStatuses.recordView(orderID: orderID, at: now) }
        }
        return view
    }
}
