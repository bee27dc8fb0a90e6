import EncodingKit
package import OrderingCore
import QueueKit
import SQLKit
import WorldKit

/// The use cases behind the public routes, the same in every style.
package struct Gateway: Sendable {
    private let node: ServiceNode
    private let transport: any ServiceTransport
    private let keys: PasswordKeys
    private let patience: Patience
    private var world: World { node.world }

    /// - Parameter patience: waits for the answer to a request that was passed on.
    package init(
        _ node: ServiceNode, _ transport: any ServiceTransport, _ keys: PasswordKeys, patience: @escaping Patience
    ) {
        self.node = node
        self.transport = transport
        self.keys = keys
        self.patience = patience
    }

    /// - Parameter progress: moves the system on; false when nothing more can happen.
    package init(
        _ node: ServiceNode, _ transport: any ServiceTransport, _ keys: PasswordKeys,
        progress: @escaping @Sendable () async throws -> Bool
    ) {
        self.init(node, transport, keys) { _, _, attempt in
            repeat {
                if let answer = try await attempt() { return answer }
            } while try await progress()
            return nil
        }
    }

    /// The answer to a client.
    package struct Answer: Hashable, Sendable {
        package var status: Int
        package var fields = FieldSet()
        package var rows: [FieldSet] = []
        package var code: String?
        /// The version of a list.
        package var version: Int?
        /// The id shared by the request and everything that it causes; nil for a read.
        package var correlationID: String?

        init(_ answer: ServiceAnswer) {
            (status, fields, rows, code) = (answer.status, answer.fields, answer.rows, answer.code)
        }

        init(_ status: Int, _ fields: FieldSet = FieldSet(), code: String? = nil) {
            self.init(ServiceAnswer(status, fields, code: code))
        }
    }

    // MARK: Users

    package struct Registration: Sendable {
        package var email: String
        package var password: String
        package var firstName: String
        package var lastName: String
        package var phone: String

        package init(email: String, password: String, firstName: String = "", lastName: String = "", phone: String = "")
        {
            self.email = email
            self.password = password
            self.firstName = firstName
            self.lastName = lastName
            self.phone = phone
        }
    }

    /// 201 with the user; the same again for the same content, 409 for other content.
    package func register(_ registration: Registration) async throws -> Answer {
        guard NameRule.isEmail(registration.email) else { return Answer(400, code: "bad_email") }
        guard PasswordRule.flaw(registration.password, email: registration.email) == nil else {
            return Answer(400, code: "weak_password")
        }
        let key = try await keys.key(password: registration.password, email: registration.email)
        let user = User(
            id: keys.userID(email: registration.email), email: registration.email, firstName: registration.firstName,
            lastName: registration.lastName, phone: registration.phone)
        return try await register(user, passwordHash: PasswordKeys.hash(key))
    }

    /// Registers a user by name, without an email address or a password.
    package func register(name: String) async throws -> Answer {
        guard !name.isEmpty, NameRule.isText(name, atMost: 200) else { return Answer(400, code: "bad_name") }
        return try await register(User(id: keys.userID(name: name), email: nil, firstName: name), passwordHash: nil)
    }

    /// The id of the user with only a name.
    package func userID(name: String) -> String { keys.userID(name: name) }

    /// The id of the user with an email address.
    package func userID(email: String) -> String { keys.userID(email: email) }

    private func register(_ user: User, passwordHash: String?) async throws -> Answer {
        let fields = user.fields.with(.passwordHash, passwordHash)
        guard fields.flaw(for: Endpoint.registerUser.request) == nil else { return Answer(400, code: "bad_user") }
        // One registration a user: the user is the key.
        return try await ask(
            .init(
                id: world.newID(), kind: .registration, userID: user.id, key: "registration", subject: user.id,
                fields: fields, event: .registrationRequested))
    }

    /// - Returns: a token for the requests that follow; nil for a wrong email or password.
    package func logIn(email: String, password: String) async throws -> String? {
        guard NameRule.isEmail(email), password.utf8.count <= PasswordRule.lengths.upperBound else { return nil }
        let key = try await keys.key(password: password, email: email)
        let userID = keys.userID(email: email)
        let answer = try await request(.logIn, FieldSet().with(.userID, userID).with(.passwordKey, key))
        guard answer.status == 200 else { return nil }
        let token = Hex.encode(world.randomBytes(32))
        let now = world.now()
        try await node.store.write { try Sessions($0.connection).begin(token, userID: userID, at: now) }
        return token
    }

    /// The user of a token; nil when it is unknown, has expired or was logged out.
    package func userID(token: String) async throws -> String? {
        let now = world.now()
        return try await node.store.read { try Sessions($0.connection).userID(token, at: now) }
    }

    package func logOut(token: String) async throws {
        try await node.store.write { try Sessions($0.connection).end(token) }
    }

    package func profile(userID: String) async throws -> Answer {
        Answer(try await request(.showUser, FieldSet().with(.userID, userID)))
    }

    package func changeProfile(_ user: User) async throws -> Answer {
        Answer(try await request(.changeUser, user.fields))
    }

    // MARK: Money

    package func account(userID: String) async throws -> Answer {
        Answer(try await request(.showAccount, FieldSet().with(.userID, userID)))
    }

    /// - Parameter key: makes a repetition the same deposit.
    package func deposit(_ amount: Money, userID: String, key: String? = nil) async throws -> Answer {
        try await change(.deposit, .depositRequested, amount, userID, key)
    }

    package func withdraw(_ amount: Money, userID: String, key: String? = nil) async throws -> Answer {
        try await change(.withdrawal, .withdrawalRequested, amount, userID, key)
    }

    private func change(
        _ kind: GatewayRequests.Kind, _ event: Event, _ amount: Money, _ userID: String, _ key: String?
    ) async throws -> Answer {
        guard amount >= .minorUnit else { return Answer(400, code: "bad_amount") }
        guard Self.isKey(key) else { return Answer(400, code: "bad_key") }
        let id = world.newID()
        return try await ask(
            .init(
                id: id, kind: kind, userID: userID, key: key, subject: userID,
                fields: FieldSet().with(.userID, userID).with(.requestID, id).with(.amount, amount), event: event))
    }

    // MARK: Orders

    /// The user's one unpaid basket.
    package func basket(userID: String) async throws -> Answer {
        Answer(try await request(.openBasket, FieldSet().with(.userID, userID)))
    }

    /// Orders for a price, perhaps a basket.
    /// - Parameters:
    ///   - key: makes a repetition the same order.
    ///   - version: of the list of orders that the client has seen; 412 if the list has grown since.
    package func order(
        _ price: Money, userID: String, basketID: String? = nil, key: String? = nil, ifVersion version: Int? = nil
    ) async throws -> Answer {
        guard price >= .leastPrice else { return Answer(400, code: "bad_price") }
        guard Self.isKey(key) else { return Answer(400, code: "bad_key") }
        let id = world.newID()
        // A repetition is answered as the first request was, whatever has become of the basket since.
        var orderID = id
        if let key,
            let first = try await node.store.read({ try GatewayRequests.order(key: key, userID: userID, $0.connection) }
            )
        {
            orderID = first
        }
        var lookup: GatewayRequests.Lookup?
        var isKnown = false
        if let basketID, orderID == id {
            let fields = FieldSet().with(.basketID, basketID).with(.userID, userID)
            guard NameRule.isIdentifier(basketID) else { return Answer(404, code: "basket_not_found") }
            let asked = request(of: .showBasket, fields)
            let answer = try await transport.send(asked, from: .gateway)
            lookup = .init(id: asked.id, endpoint: asked.endpoint, status: answer.status, askedAt: asked.time)
            guard answer.status == 200, let attempt = answer.fields[.attempt] else { return Answer(answer) }
            let isOpen = answer.fields[.basketStatus] == .open
            isKnown = !isOpen
            guard isOpen || answer.fields[.price] == price else { return Answer(409, code: "other_sum") }
            orderID = Basket.orderID(basketID: basketID, attempt: isOpen ? attempt + 1 : attempt)
        }
        let fields = FieldSet().with(.orderID, orderID).with(.userID, userID).with(.price, price)
            .with(.basketID, basketID)
        return try await ask(
            .init(
                id: id, kind: .order, userID: userID, key: key, subject: orderID, fields: fields,
                event: .orderRequested, lookup: lookup, isKnownOrder: isKnown), ifVersion: version)
    }

    package func order(_ orderID: String, userID: String) async throws -> Answer {
        guard NameRule.isIdentifier(orderID) else { return Answer(404, code: "order_not_found") }
        let answer = Answer(
            try await request(.showOrder, FieldSet().with(.orderID, orderID).with(.userID, userID)))
        guard answer.status == 404 else { return answer }
        // The order service may not have received the order yet.
        let known = try await node.store.read { try GatewayRequests.order(orderID, userID: userID, $0.connection) }
        return known.map { Answer(200, $0) } ?? answer
    }

    /// A user's orders, including those that the order service has not received yet.
    package func orders(userID: String) async throws -> Answer {
        // Read before asking the order service: an order that arrives in between is in both lists and counted once.
        let (version, unanswered) = try await node.store.read { tasks in
            (
                try GatewayRequests.version(userID: userID, tasks.connection),
                try GatewayRequests.unansweredOrders(userID: userID, tasks.connection)
            )
        }
        var answer = Answer(try await request(.listOrders, FieldSet().with(.userID, userID)))
        answer.version = version
        var known = Set(answer.rows.map { $0[.orderID] })
        if answer.status == 200 { answer.rows += unanswered.filter { known.insert($0[.orderID]).inserted } }
        return answer
    }

    // MARK: News

    /// - Parameter userID: nil for those of all users who have only a name.
    package func notifications(userID: String?) async throws -> Answer {
        Answer(try await request(.listNotifications, FieldSet().with(.userID, userID)))
    }

    /// - Parameter number: only the events after this one; nil for the last thousand.
    package func pushEvents(userID: String, after number: Int? = nil) async throws -> Answer {
        let fields = FieldSet().with(.userID, userID).with(.after, number)
        guard node.style.recordsPushAtGateway else { return Answer(try await request(.listPushEvents, fields)) }
        let answer = try await node.answer(request(of: .listPushEvents, fields))
        return answer.map { Answer($0) } ?? Answer(503, code: "unavailable")
    }

    // MARK: Parts

    private static func isKey(_ key: String?) -> Bool { key.map(NameRule.isIdentifier) ?? true }

    /// Keeps a request, sends it on, and waits for its answer.
    private func ask(_ request: GatewayRequests.Request, ifVersion version: Int? = nil) async throws -> Answer {
        let accepted: GatewayRequests.Accepted
        do {
            let cause = Cause(id: request.id, correlationID: request.id, time: world.now())
            accepted = try await node.transact(cause, request.fields) {
                try GatewayRequests($0).accept(request, ifVersion: version)
            }
        } catch {
            guard let refusal = Refusal(error) else { throw error }
            return Answer(refusal.answer)
        }
        let answer = try await patience(node, [accepted.id, accepted.subject]) { [node] in
            try await node.store.read { try GatewayRequests.answer(accepted.id, $0.connection) }
        }
        var given = answer.map { Answer($0) } ?? overdue(request, orderID: accepted.subject)
        given.correlationID = accepted.id
        return given
    }

    /// The answer at the deadline: the outcome is unknown. A client with a key may repeat the request under it.
    private func overdue(_ request: GatewayRequests.Request, orderID: String) -> Answer {
        guard request.kind == .order else { return Answer(504, code: "no_answer") }
        let order = FieldSet().with(.orderID, orderID).with(.status, .pending)
        return request.key == nil ? Answer(504, order, code: "no_outcome") : Answer(202, order)
    }

    private func request(_ endpoint: Endpoint, _ fields: FieldSet) async throws -> ServiceAnswer {
        try await transport.send(request(of: endpoint, fields), from: .gateway)
    }

    private func request(of endpoint: Endpoint, _ fields: FieldSet) -> ServiceRequest {
        let id = world.newID()
        return ServiceRequest(id: id, endpoint: endpoint, fields: fields, correlationID: id, time: world.now())
    }
}
