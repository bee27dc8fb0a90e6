package import OrderingCore
package import SQLKit
import WorldKit

/// The way that a client's request took through the services, read from their stores: outboxes, requests to other
/// services, marks of what was handled, and effects. Every arrow names the one that it follows from.
package struct OrderTrace: Sendable {
    package var requestID: String
    package var userID: String
    /// The order, the user or the account.
    package var subject: String
    package var run: SequenceRun

    /// - Parameters:
    ///   - id: of an order, of a registered user, or of a request.
    ///   - databases: those that are missing contribute nothing.
    ///   - style: of the stores; the request may be older, and have another one.
    /// - Returns: nil when the gateway does not know it.
    package static func read(
        _ id: String, from databases: [ServiceName: any SQLDatabase], style: StyleName
    ) async throws -> OrderTrace? {
        var reader = TraceReader(databases)
        return try await reader.read(id, style)
    }
}

/// Follows what each service sent because of what.
private struct TraceReader {
    private let databases: [ServiceName: any SQLDatabase]
    private var steps: [SequenceRun.Step] = []
    /// The requests of answers, by their places.
    private var requests: [Int: Int] = [:]

    /// More arrows than any request has.
    private static let maximumSteps = 1000

    init(_ databases: [ServiceName: any SQLDatabase]) { self.databases = databases }

    mutating func read(_ id: String, _ style: StyleName) async throws -> OrderTrace? {
        guard let asked = try await read(.gateway, { try $0.asked(id) }) ?? nil else { return nil }
        let request = ClientRequest(rawValue: asked.kind.rawValue) ?? .order
        add(SequenceArrow(.ask(request), from: .client, to: .gateway), cause: nil, at: asked.at, id: asked.id)
        if let lookup = asked.lookup { add(lookup) }
        try await follow(0, at: .gateway, because: asked.id)
        try await addEffects(asked)
        if let reply = asked.reply {
            let cause = steps.lastIndex { step in
                guard step.arrow.to == .gateway, !step.arrow.isOwnWork, !step.isPrelude else { return false }
                if case .ask = step.arrow.kind { return false }
                return true
            }
            add(
                SequenceArrow(.reply(status: reply.status), from: .gateway, to: .client), cause: cause ?? 0,
                at: reply.at)
        }
        let outcome = try await read(.order) { try $0.outcome(orderID: asked.subject) } ?? nil
        let run = SequenceRun(style: style, request: request, steps: inTime(), outcome: outcome)
        return OrderTrace(
            requestID: asked.id, userID: asked.userID, subject: asked.subject, run: run.inStyleOfItsMessages)
    }

    private func read<Value: Sendable>(
        _ service: ServiceName, _ body: @escaping @Sendable (TraceStore) throws -> Value
    ) async throws -> Value? {
        guard let database = databases[service] else { return nil }
        return try await database.read { try body(TraceStore(service: service, connection: $0)) }
    }

    @discardableResult
    private mutating func add(
        _ arrow: SequenceArrow, cause: Int?, at: Instant?, id: String? = nil, attempts: Int = 1, trouble: String? = nil
    ) -> Int {
        var step = SequenceRun.Step(arrow, cause: cause, at: at, id: id)
        step.attempts = max(1, attempts)
        step.trouble = trouble
        steps.append(step)
        return steps.count - 1
    }

    private mutating func add(_ lookup: GatewayRequests.Lookup) {
        let service = Participant(lookup.endpoint.service)
        let asked = add(
            SequenceArrow(.request(lookup.endpoint), from: .gateway, to: service), cause: 0, at: lookup.askedAt,
            id: lookup.id)
        let answered = add(
            SequenceArrow(.answer(lookup.endpoint, status: lookup.status), from: service, to: .gateway), cause: asked,
            at: steps[0].at)
        for place in [asked, answered] { steps[place].isPrelude = true }
    }

    // MARK: Following

    private mutating func follow(_ cause: Int, at service: ServiceName, because id: String) async throws {
        for sent in try await read(service, { try $0.sent(because: id) }) ?? [] {
            guard steps.count < Self.maximumSteps else { return }
            switch sent.content {
            case .message(let type):
                let published = add(
                    SequenceArrow(.publish(type), from: Participant(service), to: .broker), cause: cause, at: sent.at,
                    id: sent.id, trouble: sent.trouble)
                for receiver in ServiceName.allCases {
                    try await receive(sent.id, type, at: receiver, from: published)
                }
            case .call(let endpoint, let answer): try await call(sent, endpoint, answer, by: service, cause)
            }
        }
    }

    private mutating func receive(
        _ id: String, _ type: MessageType, at receiver: ServiceName, from published: Int
    ) async throws {
        guard let received = try await read(receiver, { try $0.received(id) }) ?? nil else { return }
        let consumed = add(
            SequenceArrow(.consume(type), from: .broker, to: Participant(receiver)), cause: published, at: received.at,
            id: id, attempts: received.attempts, trouble: received.trouble)
        if received.isHandled { try await follow(consumed, at: receiver, because: id) }
    }

    private mutating func call(
        _ sent: TraceStore.Sent, _ endpoint: Endpoint, _ answer: TraceStore.Sent.Answer?, by caller: ServiceName,
        _ cause: Int
    ) async throws {
        let (from, to) = (Participant(caller), Participant(endpoint.service))
        let asked = add(
            SequenceArrow(.request(endpoint), from: from, to: to), cause: cause, at: sent.at, id: sent.id,
            attempts: sent.attempts, trouble: sent.trouble)
        try await follow(asked, at: endpoint.service, because: sent.id)
        guard let answer else { return }
        let last = steps.indices.last { place in
            steps[place].arrow.to == to && isDirect(place, after: asked)
        }
        let answered = add(
            SequenceArrow(.answer(endpoint, status: answer.status), from: to, to: from), cause: last ?? asked,
            at: answer.at, id: sent.id)
        requests[answered] = asked
        try await follow(answered, at: caller, because: sent.id)
    }

    /// Whether a place is an answer to a request that a service made in order to answer another one.
    private func isDirect(_ place: Int, after request: Int) -> Bool {
        var place = place
        while let own = requests[place], let cause = steps[own].cause {
            if cause == request { return true }
            place = cause
        }
        return false
    }

    // MARK: Effects

    private mutating func addEffects(_ asked: TraceStore.Asked) async throws {
        for service in ServiceName.allCases {
            let participant = Participant(service)
            let effects = try await read(service) { try $0.effects(asked.subject, asked.kind) } ?? []
            for (kind, at) in effects {
                // The account of a user registered earlier was not caused by this request.
                guard let cause = steps.lastIndex(where: { $0.arrow.to == participant && $0.brings(kind) }) else {
                    continue
                }
                let client = participant == .notification || participant == .push
                let to =
                    client && !SequenceArrow(kind, from: participant, to: participant).isOwnWork
                    ? Participant.client : participant
                add(SequenceArrow(kind, from: participant, to: to), cause: cause, at: at)
            }
        }
    }

    // MARK: Order

    /// The steps by time, each after its cause.
    private func inTime() -> [SequenceRun.Step] {
        var times: [Instant?] = []
        for step in steps {
            let earliest = step.cause.flatMap { times[$0] }
            times.append([step.at, earliest].compactMap(\.self).max())
        }
        // What a service did is recorded with what it sends, and comes before it.
        let works = Dictionary(grouping: steps.indices.filter { steps[$0].arrow.isOwnWork }) { steps[$0].cause ?? 0 }
        let asDone = steps.indices.filter { !steps[$0].arrow.isOwnWork }.flatMap { [$0] + (works[$0] ?? []) }
        let order = asDone.enumerated().sorted { left, right in
            guard let first = times[left.element], let second = times[right.element], first != second else {
                return left.offset < right.offset
            }
            return first < second
        }.map(\.element)
        let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
        return order.map { place in
            var step = steps[place]
            step.cause = step.cause.flatMap { places[$0] }
            step.at = times[place]
            return step
        }
    }
}

extension SequenceRun.Step {
    /// Whether it is what a service did something because of.
    fileprivate func brings(_ effect: SequenceArrow.Kind) -> Bool {
        switch (effect, arrow.kind) {
        case (.work(.createOrder), .request(.createOrder)), (.work(.createOrder), .consume(.createOrder)),
            (.work(.succeedOrder), .consume(.paymentCreated)), (.work(.failOrder), .consume(.paymentFailed)),
            (.work(.succeedOrder), .answer(.createPayment, 201)), (.work(.failOrder), .answer(.createPayment, 422)),
            (.email, .request(.createNotification)), (.email, .answer), (.email, .consume),
            (.pushEvent, .consume), (.work(.keepPushEvent), .consume), (.work(.keepPushEvent), .answer),
            (.work(.createUser), .request(.registerUser)), (.work(.createUser), .consume(.registrationRequested)),
            (.work(.createAccount), .request(.openAccount)), (.work(.createAccount), .consume(.userCreated)),
            (.work(.createProfile), .consume(.userCreated)):
            true
        default: false
        }
    }
}

extension SequenceRun {
    /// The same run in the first style, its own or another, that sends and asks what it shows.
    fileprivate var inStyleOfItsMessages: SequenceRun {
        var run = self
        let styles = [style] + StyleName.allCases.filter { $0 != style }
        run.style =
            styles.first { name in
                let style = Style(name)
                return steps.allSatisfy { $0.isPrelude || style.has($0.arrow.kind) }
            } ?? style
        return run
    }
}

extension Style {
    /// Whether a run in this style can have an arrow.
    fileprivate func has(_ kind: SequenceArrow.Kind) -> Bool {
        switch kind {
        case .publish(let type): arrows.values.contains(.publish(type))
        case .consume(let type): subscriptions.values.contains { $0[type] != nil }
        case .request(.showUser), .request(.showOrder): !copiesUsers
        case .request(let endpoint):
            arrows.values.contains { if case .call(endpoint, _) = $0 { true } else { false } }
        default: true
        }
    }
}
