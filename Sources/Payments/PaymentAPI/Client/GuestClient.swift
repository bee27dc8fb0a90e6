import HTTPKit
import JSONKit
package import PaymentCore
package import PaymentPartners
import Payments

/// A guest's app as a client of this API; it also plays the gateway in between.
package struct GuestClient: Sendable {
    private let connection: APIConnection
    private let gatewayKey: String
    package let uid: String

    /// - Parameter gatewayKey: proves that the gateway has authenticated `uid`.
    package init(_ connection: APIConnection, gatewayKey: String, uid: String) {
        self.connection = connection
        self.gatewayKey = gatewayKey
        self.uid = uid
    }

    // MARK: The bill

    /// The bill behind a QR code, as the guest's app shows it.
    package struct Preorder: Sendable {
        package var orderID: String
        package var clientID: String
        package var restaurantName: String
        package var status: OrderStatus
        package var billVersion: Int
        package var amount: Money
        /// Nil when the server does not report it.
        package var prepaid: Money?
        package var lines: [BillLine]
        package var cashback: Cashback?
        package var paymentMethods: [PaymentMethod]
    }

    package struct Cashback: Sendable {
        /// With a percent sign.
        package var rate: String
        package var amount: Money
    }

    package func preorder(_ link: Deeplink, withinSeconds: Double? = nil) async throws -> Preorder {
        var request = request("GET", PreorderRoute.path.description, withinSeconds)
        request.query = [
            (Input.serviceField.name, Service.name), (Input.orderIDField.name, link.orderID),
            (Input.restaurantIDField.name, link.restaurantID), (Input.kidField.name, link.kid),
            (Input.hmacField.name, link.hmac),
        ]
        let wire = try await connection.ask(request, for: PreorderWire.self).value
        return try APIConnection.convert { () throws(FieldError) in try Preorder(wire) }
    }

    // MARK: Paying

    /// The status of a payment.
    package struct PaymentStatus: Sendable {
        package var status: GuestStatus
        /// For the guest, worded by the server.
        package var message: String
        /// How long to wait before the next poll.
        package var pauseSeconds: Double
    }

    /// Pays, or finds the payment in progress.
    /// - Parameter key: a request repeated with it is not a second attempt.
    package func pay(
        _ link: Deeplink, paymentMethodID: String, billVersion: Int, key: String, withinSeconds: Double? = nil
    ) async throws -> PaymentStatus {
        var request = request("POST", PaymentRoutes.path.description, withinSeconds)
        request.headers[Input.idempotencyKeyField.name] = key
        request.body = try JSON.message(
            PaymentWire(
                service: Service.name, orderID: link.orderID, restaurantID: link.restaurantID, kid: link.kid,
                hmac: link.hmac, paymentMethodID: paymentMethodID, billVersion: billVersion))
        return try await paymentStatus(request)
    }

    /// The payment's status, once it is other than `WAITING`, or after `waitSeconds`.
    package func paymentStatus(
        ofOrder orderID: String, waitSeconds: Double, withinSeconds: Double? = nil
    ) async throws -> PaymentStatus {
        let wait = Int(min(max(0, waitSeconds), Double(Input.maximumWaitSeconds)))
        var request = request("GET", PaymentRoutes.path.description, withinSeconds)
        request.waitSeconds = Double(wait)
        request.query = [
            (Input.orderIDField.name, orderID), (Input.waitField.name, "\(wait)"),
            (PaymentRoutes.seenField.name, GuestStatus.waiting.rawValue),
        ]
        return try await paymentStatus(request)
    }

    private static let maximumPauseSeconds = 60.0

    private func paymentStatus(_ request: APIConnection.Request) async throws -> PaymentStatus {
        let answer = try await connection.ask(request, for: PaymentStatusWire.self)
        let pause = answer.headers[PaymentRoutes.pollingDelay].flatMap { Double($0) } ?? 1
        return PaymentStatus(
            status: answer.value.status, message: answer.value.message,
            pauseSeconds: pause.isFinite ? min(max(0, pause), Self.maximumPauseSeconds) : Self.maximumPauseSeconds)
    }

    private func request(_ method: String, _ path: String, _ withinSeconds: Double?) -> APIConnection.Request {
        var request = APIConnection.Request(method: method, path: path, withinSeconds: withinSeconds)
        request.headers[APIAccess.gatewayHeader] = gatewayKey
        request.headers[Input.uidField.name] = uid
        return request
    }
}

extension GuestClient.Preorder {
    fileprivate init(_ wire: PreorderWire) throws(FieldError) {
        orderID = try WireField.identifier(wire.orderID, "order_id")
        clientID = try WireField.identifier(wire.restaurant.clientID, "restaurant.client_id")
        restaurantName = wire.restaurant.name
        status = wire.status
        billVersion = wire.billVersion
        amount = try WireField.money(wire.amount, wire.currency)
        if let prepaid = wire.prepaid { self.prepaid = try WireField.money(prepaid, wire.currency, "prepaid") }
        lines = try BillLineWire.lines(wire.lines, currency: wire.currency)
        if let cashback = wire.cashback {
            self.cashback = GuestClient.Cashback(
                rate: cashback.rate, amount: try WireField.money(cashback.amount, cashback.currency, "cashback.amount"))
        }
        paymentMethods = wire.paymentMethods.map { PaymentMethod(id: $0.id, title: $0.title) }
    }
}
