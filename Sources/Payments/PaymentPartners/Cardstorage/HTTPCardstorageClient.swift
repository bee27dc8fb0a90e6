package import HTTPKit

/// The response of `GET /v1/payment_methods?uid=`: `{"uid", "payment_methods": [{"id", "title"}]}`.
package struct PaymentMethodsWire: Codable, Hashable, Sendable {
    package struct Method: Codable, Hashable, Sendable {
        package var id: String
        package var title: String
    }

    package var uid: String
    package var paymentMethods: [Method]

    enum CodingKeys: String, CodingKey {
        case uid
        case paymentMethods = "payment_methods"
    }

    package init(uid: String, methods: [PaymentMethod]) {
        self.uid = uid
        paymentMethods = methods.map { Method(id: $0.id, title: $0.title) }
    }
}

/// Cardstorage over HTTP: `GET /v1/payment_methods?uid=`, answered by ``PaymentMethodsWire``.
package struct HTTPCardstorageClient: CardstorageClient {
    private let call: PartnerCall

    package init(endpoint: PartnerEndpoint, transport: any HTTPTransport) {
        call = PartnerCall(partner: .cardstorage, endpoint: endpoint, transport: transport)
    }

    /// An unknown user (404) has no payment methods.
    package func paymentMethods(uid: String) async throws -> [PaymentMethod] {
        let path = ["v1", "payment_methods"]
        guard let answer = try await call.fetch(PaymentMethodsWire.self, path, query: [("uid", uid)]) else { return [] }
        try call.confirm(answer.uid == uid, "GET /v1/payment_methods")
        return answer.paymentMethods.map { PaymentMethod(id: $0.id, title: $0.title) }
    }
}
