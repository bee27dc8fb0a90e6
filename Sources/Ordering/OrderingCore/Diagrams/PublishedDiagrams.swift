/// The published sequence diagrams of the four styles: who takes part, what they send, and how it goes on when the
/// money does not suffice.
///
/// Where a diagram has other words than the published specifications, which the contract follows, they stand beside the
/// arrow: payments and notifications are drawn with `200 OK` and specified with `201 Created`; the hybrid's
/// `OrderCreated` is specified as `OrderSucceeded`.
extension SequenceDiagram {
    package static func published(_ style: StyleName, _ request: ClientRequest) -> SequenceDiagram? {
        published.first { $0.style == style && $0.request == request }
    }

    package static let published: [SequenceDiagram] = [
        httpRegistration, httpOrder, eventsRegistration, eventsOrder, collaborationRegistration, collaborationOrder,
        hybridRegistration, hybridOrder,
    ]

    // MARK: http

    private static let httpRegistration = SequenceDiagram(
        .http, .registration,
        [
            ask(.registration),
            request(.registerUser, by: .gateway, at: .identity),
            request(.openAccount, by: .identity, at: .billing),
            answer(.openAccount, 201, by: .billing, to: .identity),
            answer(.registerUser, 201, by: .identity, to: .gateway),
            reply(201),
        ])

    private static let httpOrder = SequenceDiagram(
        .http, .order,
        [
            ask(.order),
            request(.createOrder, by: .gateway, at: .order),
            request(.createPayment, by: .order, at: .billing),
            .either(success: httpOutcome(.succeeded), failure: httpOutcome(.failed)),
        ])

    private static func httpOutcome(_ status: Order.Status) -> [Part] {
        let code = status == .succeeded ? 200 : 422
        return [
            status == .succeeded
                ? answer(.createPayment, 201, by: .billing, to: .order, drawn: "200 OK")
                : answer(.createPayment, 422, by: .billing, to: .order),
            request(.createNotification, by: .order, at: .notification),
            request(.showUser, by: .notification, at: .identity),
            answer(.showUser, 200, by: .identity, to: .notification),
            email(status),
            answer(.createNotification, 201, by: .notification, to: .order, drawn: "200 OK"),
            answer(.createOrder, code, by: .order, to: .gateway),
            reply(code),
        ]
    }

    // MARK: events

    private static let eventsRegistration = SequenceDiagram(
        .events, .registration,
        registrationByMessage(
            complete: [
                consume(.userCreated, at: .gateway),
                request(.showUser, by: .gateway, at: .identity),
                answer(.showUser, 200, by: .identity, to: .gateway),
                reply(201),
            ], others: [accountOpening]))

    private static let eventsOrder = SequenceDiagram(
        .events, .order,
        placing + [
            publish(.paymentRequired, by: .order),
            consume(.paymentRequired, at: .billing),
            request(.showOrder, by: .billing, at: .order),
            answer(.showOrder, 200, by: .order, to: .billing),
            .either(
                success: outcome(
                    .succeeded, .orderCreated,
                    [answering(.orderCreated, 200), notifying(.orderCreated, eventsQuestions, .succeeded)]),
                failure: outcome(
                    .failed, .orderFailed,
                    [answering(.orderFailed, 422), notifying(.orderFailed, eventsQuestions, .failed)])),
        ])

    /// What notifications have to ask for, since the message does not say it.
    private static let eventsQuestions = [
        request(.showOrder, by: .notification, at: .order),
        answer(.showOrder, 200, by: .order, to: .notification),
        request(.showUser, by: .notification, at: .identity),
        answer(.showUser, 200, by: .identity, to: .notification),
    ]

    // MARK: collaboration

    private static let collaborationRegistration = SequenceDiagram(
        .collaboration, .registration,
        registrationByMessage(
            complete: [consume(.userCreated, at: .gateway), reply(201)], others: [accountOpening, profileKeeping]))

    private static let collaborationOrder = SequenceDiagram(
        .collaboration, .order,
        placing + [
            publish(.createPayment, by: .order),
            consume(.createPayment, at: .billing),
            .either(
                success: outcome(
                    .succeeded, .orderCreated,
                    [answering(.orderCreated, 200), notifying(.orderCreated, [], .succeeded)]),
                failure: outcome(
                    .failed, .orderFailed, [answering(.orderFailed, 422), notifying(.orderFailed, [], .failed)])),
        ])

    // MARK: hybrid

    private static let hybridRegistration = SequenceDiagram(
        .hybrid, .registration,
        [
            ask(.registration),
            request(.registerUser, by: .gateway, at: .identity),
            work(.createUser, by: .identity),
            publish(.userCreated, by: .identity),
            .parallel([
                [answer(.registerUser, 201, by: .identity, to: .gateway), reply(201)], accountOpening, profileKeeping,
            ]),
        ])

    private static let hybridOrder = SequenceDiagram(
        .hybrid, .order,
        [
            ask(.order),
            request(.createOrder, by: .gateway, at: .order),
            work(.createOrder, by: .order),
            answer(.createOrder, 202, by: .order, to: .gateway),
            reply(202),
            publish(.createPayment, by: .order),
            consume(.createPayment, at: .billing),
            .either(
                success: outcome(
                    .succeeded, .orderSucceeded, drawn: "publish OrderCreated",
                    [
                        notifying(.orderSucceeded, [], .succeeded, drawn: "consume OrderCreated"),
                        pushing(.orderSucceeded, drawn: "consume OrderCreated"),
                    ]),
                failure: outcome(
                    .failed, .orderFailed, [notifying(.orderFailed, [], .failed), pushing(.orderFailed)])),
        ])

    // MARK: Passages

    private static func registrationByMessage(complete: [Part], others: [[Part]]) -> [Part] {
        [
            ask(.registration),
            publish(.registrationRequested, by: .gateway),
            consume(.registrationRequested, at: .identity),
            work(.createUser, by: .identity),
            publish(.userCreated, by: .identity),
            .parallel([complete] + others),
        ]
    }

    private static let accountOpening = [consume(.userCreated, at: .billing), work(.createAccount, by: .billing)]

    private static let profileKeeping = [
        consume(.userCreated, at: .notification), work(.createProfile, by: .notification),
    ]

    private static let placing = [
        ask(.order),
        publish(.createOrder, by: .gateway),
        consume(.createOrder, at: .order),
        work(.createOrder, by: .order),
    ]

    private static func outcome(
        _ status: Order.Status, _ told: MessageType, drawn: String? = nil, _ branches: [[Part]]
    ) -> [Part] {
        let payment: MessageType = status == .succeeded ? .paymentCreated : .paymentFailed
        return [
            publish(payment, by: .billing),
            consume(payment, at: .order),
            work(status == .succeeded ? .succeedOrder : .failOrder, by: .order),
            publish(told, by: .order, drawn: drawn),
            .parallel(branches),
        ]
    }

    private static func answering(_ type: MessageType, _ status: Int) -> [Part] {
        [consume(type, at: .gateway), reply(status)]
    }

    private static func notifying(
        _ type: MessageType, _ questions: [Part], _ status: Order.Status, drawn: String? = nil
    ) -> [Part] {
        [consume(type, at: .notification, drawn: drawn)] + questions + [email(status)]
    }

    private static func pushing(_ type: MessageType, drawn: String? = nil) -> [Part] {
        [
            consume(type, at: .push, drawn: drawn),
            .arrow(SequenceArrow(.pushEvent, from: .push, to: .client), drawn: nil),
        ]
    }

    // MARK: Arrows

    private static func ask(_ request: ClientRequest) -> Part {
        .arrow(SequenceArrow(.ask(request), from: .client, to: .gateway), drawn: nil)
    }

    private static func reply(_ status: Int) -> Part {
        .arrow(SequenceArrow(.reply(status: status), from: .gateway, to: .client), drawn: nil)
    }

    private static func request(_ endpoint: Endpoint, by from: Participant, at to: Participant) -> Part {
        .arrow(SequenceArrow(.request(endpoint), from: from, to: to), drawn: nil)
    }

    private static func answer(
        _ endpoint: Endpoint, _ status: Int, by from: Participant, to: Participant, drawn: String? = nil
    ) -> Part {
        .arrow(SequenceArrow(.answer(endpoint, status: status), from: from, to: to), drawn: drawn)
    }

    private static func publish(_ type: MessageType, by from: Participant, drawn: String? = nil) -> Part {
        .arrow(SequenceArrow(.publish(type), from: from, to: .broker), drawn: drawn)
    }

    private static func consume(_ type: MessageType, at to: Participant, drawn: String? = nil) -> Part {
        .arrow(SequenceArrow(.consume(type), from: .broker, to: to), drawn: drawn)
    }

    private static func work(_ work: OwnWork, by service: Participant) -> Part {
        .arrow(SequenceArrow(.work(work), from: service, to: service), drawn: nil)
    }

    private static func email(_ status: Order.Status) -> Part {
        .arrow(SequenceArrow(.email(status), from: .notification, to: .client), drawn: nil)
    }
}
