package import MessagingKit
package import OrderingCore

/// What happens at a service and concerns others.
package enum Event: String, CaseIterable, Sendable {
    case registrationRequested, orderRequested, depositRequested, withdrawalRequested
    case userCreated
    case depositSucceeded, depositFailed, withdrawalSucceeded, withdrawalFailed
    case paymentNeeded, paymentSucceeded, paymentFailed
    case orderSucceeded, orderFailed

    /// Whether it is kept in order with others of the same account, not of the same order.
    var isAboutAccount: Bool {
        switch self {
        case .registrationRequested, .depositRequested, .withdrawalRequested, .userCreated, .depositSucceeded,
            .depositFailed, .withdrawalSucceeded, .withdrawalFailed, .paymentNeeded:
            true
        case .orderRequested, .paymentSucceeded, .paymentFailed, .orderSucceeded, .orderFailed: false
        }
    }
}

/// How others learn of an event.
package enum Arrow: Hashable, Sendable {
    case publish(MessageType)
    /// A request; `next` is what its answer comes to.
    case call(Endpoint, next: Operation)
    /// It is the answer to the request that caused it.
    case reply

    var isCall: Bool { if case .call = self { true } else { false } }
    var isPublish: Bool { if case .publish = self { true } else { false } }
}

/// A style of communication: who is called, and who subscribes to what. It has no code of its own.
package struct Style: Sendable {
    package let name: StyleName
    package let arrows: [Event: Arrow]
    package let subscriptions: [ServiceName: [MessageType: Operation]]

    /// An event that is not in the table is part of the answer.
    package func arrow(_ event: Event) -> Arrow { arrows[event] ?? .reply }

    /// The service that records push events: the push service where it receives messages, else the gateway.
    package var recordsPushAtGateway: Bool { subscriptions[.push] == nil }

    /// Whether notifications are written with a copy of the user.
    package var copiesUsers: Bool { subscriptions[.notification]?[.userCreated] == .keepProfile }

    /// The exchange of all messages.
    package static let exchange = "ordering"

    package static func queue(of service: ServiceName) -> String { "\(exchange).\(service.rawValue)" }

    package var topology: Topology {
        Topology(
            exchange: Self.exchange,
            queues: ServiceName.allCases.compactMap { service in
                subscriptions[service].map { types in
                    Topology.Queue(name: Self.queue(of: service), types: types.keys.map(\.rawValue).sorted())
                }
            })
    }
}

extension Style {
    package init(_ name: StyleName) {
        self =
            switch name {
            case .http: .http
            case .events: .events
            case .collaboration: .collaboration
            case .hybrid: .hybrid
            }
    }

    private static let callsFromGateway: [Event: Arrow] = [
        .registrationRequested: .call(.registerUser, next: .userRegistered),
        .orderRequested: .call(.createOrder, next: .orderFinished),
        .depositRequested: .call(.deposit, next: .accountChanged),
        .withdrawalRequested: .call(.withdraw, next: .accountChanged),
    ]

    private static let messagesWithGateway: [Event: Arrow] = [
        .registrationRequested: .publish(.registrationRequested),
        .orderRequested: .publish(.createOrder),
        .depositRequested: .publish(.accountDeposit),
        .withdrawalRequested: .publish(.accountWithdraw),
        .depositSucceeded: .publish(.accountDepositSucceeded),
        .depositFailed: .publish(.accountDepositFailed),
        .withdrawalSucceeded: .publish(.accountWithdrawSucceeded),
        .withdrawalFailed: .publish(.accountWithdrawFailed),
        .orderSucceeded: .publish(.orderCreated),
        .orderFailed: .publish(.orderFailed),
    ]

    private static let messagesOfPayments: [Event: Arrow] = [
        .userCreated: .publish(.userCreated), .paymentSucceeded: .publish(.paymentCreated),
        .paymentFailed: .publish(.paymentFailed),
    ]

    private static let gatewayByMessages: [MessageType: Operation] = [
        .userCreated: .userRegistered, .orderCreated: .orderFinished, .orderFailed: .orderFinished,
        .accountDepositSucceeded: .accountChanged, .accountDepositFailed: .accountChanged,
        .accountWithdrawSucceeded: .accountChanged, .accountWithdrawFailed: .accountChanged,
    ]

    private static let settlement: [MessageType: Operation] = [
        .paymentCreated: .settleOrder, .paymentFailed: .settleOrder,
    ]

    private static let http = Style(
        name: .http,
        arrows: callsFromGateway.merging([
            .userCreated: .call(.openAccount, next: .accountOpened),
            .paymentNeeded: .call(.createPayment, next: .settleOrder),
            .orderSucceeded: .call(.createNotification, next: .orderAnnounced),
            .orderFailed: .call(.createNotification, next: .orderAnnounced),
        ]) { $1 },
        subscriptions: [:])

    private static let events = Style(
        name: .events,
        arrows: messagesWithGateway.merging(messagesOfPayments) { $1 }
            .merging([.paymentNeeded: .publish(.paymentRequired)]) { $1 },
        subscriptions: [
            .gateway: gatewayByMessages,
            .identity: [.registrationRequested: .registerUser],
            .billing: [
                .userCreated: .openAccount, .paymentRequired: .charge, .accountDeposit: .deposit,
                .accountWithdraw: .withdraw,
            ],
            .order: settlement.merging([.createOrder: .placeOrder]) { $1 },
            .notification: [.orderCreated: .notify, .orderFailed: .notify],
        ])

    private static let collaboration = Style(
        name: .collaboration,
        arrows: messagesWithGateway.merging(messagesOfPayments) { $1 }
            .merging([.paymentNeeded: .publish(.createPayment)]) { $1 },
        subscriptions: [
            .gateway: gatewayByMessages,
            .identity: [.registrationRequested: .registerUser],
            .billing: [
                .userCreated: .openAccount, .createPayment: .charge, .accountDeposit: .deposit,
                .accountWithdraw: .withdraw,
            ],
            .order: settlement.merging([.createOrder: .placeOrder]) { $1 },
            .notification: [.userCreated: .keepProfile, .orderCreated: .notify, .orderFailed: .notify],
        ])

    private static let hybrid = Style(
        name: .hybrid,
        arrows: callsFromGateway.merging(messagesOfPayments) { $1 }
            .merging([
                .paymentNeeded: .publish(.createPayment), .orderSucceeded: .publish(.orderSucceeded),
                .orderFailed: .publish(.orderFailed),
            ]) { $1 },
        subscriptions: [
            .billing: [.userCreated: .openAccount, .createPayment: .charge],
            .order: settlement,
            .notification: [.userCreated: .keepProfile, .orderSucceeded: .notify, .orderFailed: .notify],
            .push: [.orderSucceeded: .push, .orderFailed: .push],
        ])
}
