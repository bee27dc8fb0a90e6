/// A lane of a sequence diagram.
package enum Participant: String, CaseIterable, Codable, Sendable {
    case client, gateway, broker, order, billing, notification, identity, push

    package init(_ service: ServiceName) {
        self =
            switch service {
            case .gateway: .gateway
            case .identity: .identity
            case .billing: .billing
            case .order: .order
            case .notification: .notification
            case .push: .push
            }
    }

    /// As the published diagrams name it.
    package var title: String {
        switch self {
        case .client: "Client"
        case .gateway: "API Gateway"
        case .broker: "Message broker"
        case .identity: "Identity Service"
        case .billing: "Billing Service"
        case .order: "Order Service"
        case .notification: "Notification Service"
        case .push: "Push Service"
        }
    }
}

/// What a client asks the gateway for, as far as it is drawn.
package enum ClientRequest: String, CaseIterable, Codable, Sendable {
    case registration, order, deposit, withdrawal

    package var label: String {
        switch self {
        case .registration: "POST /api/v1/identity/register"
        case .order: "POST /api/v1/ordering/orders"
        case .deposit: "POST /api/v1/billing/account/deposit"
        case .withdrawal: "POST /api/v1/billing/account/withdraw"
        }
    }
}

/// One arrow of a sequence diagram: of a drawn one or of a real run.
package struct SequenceArrow: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// A client asks the gateway.
        case ask(ClientRequest)
        /// The gateway answers the client.
        case reply(status: Int)
        /// A request of one service to another.
        case request(Endpoint)
        case answer(Endpoint, status: Int)
        case publish(MessageType)
        case consume(MessageType)
        case work(OwnWork)
        /// The notification service tells the client how an order ended.
        case email(Order.Status)
        case pushEvent
    }

    package var kind: Kind
    package var from: Participant
    package var to: Participant

    package init(_ kind: Kind, from: Participant, to: Participant) {
        self.kind = kind
        self.from = from
        self.to = to
    }

    /// What is written at the arrow.
    package var label: String {
        switch kind {
        case .ask(let request): request.label
        case .reply(let status): Self.text(status)
        case .request(let endpoint): "\(endpoint.method) \(endpoint.path)"
        case .answer(_, let status): Self.text(status)
        case .publish(let type): "publish \(type.rawValue)"
        case .consume(let type): "consume \(type.rawValue)"
        case .work(let work): work.rawValue
        case .email(let status): "Order \(status.rawValue) email"
        case .pushEvent: "push event"
        }
    }

    private static func text(_ status: Int) -> String {
        switch status {
        case 200: "200 OK"
        case 201: "201 Created"
        case 202: "202 Accepted"
        case 404: "404 Not Found"
        case 409: "409 Conflict"
        case 422: "422 Unprocessable Entity"
        case 504: "504 Gateway Timeout"
        default: "\(status)"
        }
    }

    /// Whether it is drawn dashed: an answer, or a delivery of the broker.
    package var isDashed: Bool {
        switch kind {
        case .reply, .answer, .consume: true
        case .ask, .request, .publish, .work, .email, .pushEvent: false
        }
    }

    /// Whether it stays with the service that does it.
    package var isOwnWork: Bool { if case .work = kind { true } else { false } }
}

/// What a service does that others learn of later.
package enum OwnWork: String, CaseIterable, Codable, Sendable {
    case createUser = "create user"
    case createAccount = "create account"
    case createProfile = "create notification profile"
    case createOrder = "create order with status pending"
    case succeedOrder = "update order with status succeeded"
    case failOrder = "update order with status failed"
    case keepPushEvent = "keep the push event"
}

/// How many arrows of each kind cost something.
package struct ArrowCounts: Hashable, Sendable {
    package var requests = 0
    package var publishes = 0
    package var deliveries = 0

    package init(requests: Int = 0, publishes: Int = 0, deliveries: Int = 0) {
        self.requests = requests
        self.publishes = publishes
        self.deliveries = deliveries
    }

    package init(_ arrows: some Sequence<SequenceArrow>) {
        for arrow in arrows {
            switch arrow.kind {
            case .request: requests += 1
            case .publish: publishes += 1
            case .consume: deliveries += 1
            case .ask, .reply, .answer, .work, .email, .pushEvent: break
            }
        }
    }

    /// `4/0/0`: requests, publishes, deliveries.
    package var text: String { "\(requests)/\(publishes)/\(deliveries)" }
}
