import JSONKit
import OrderingCore
import SQLKit
import WorldKit

/// What clients have asked of the gateway, and what they are answered: it outlives the gateway and the client's wait.
struct GatewayRequests {
    static let tables = """
        CREATE TABLE requests (
            -- The correlation id of everything that it causes.
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            user_id TEXT NOT NULL,
            -- The client's idempotency key.
            key TEXT,
            -- What it asks for, to tell a repetition from another request under the same key.
            content TEXT NOT NULL,
            -- The order, the user or the account.
            subject TEXT NOT NULL,
            -- Null until it is answered; 202 may become another.
            answer_status INTEGER,
            answer TEXT,
            answer_code TEXT,
            created_at INTEGER NOT NULL,
            answered_at INTEGER
        );
        CREATE UNIQUE INDEX requests_by_key ON requests (user_id, kind, key) WHERE key IS NOT NULL;
        CREATE INDEX requests_by_subject ON requests (subject, kind);
        CREATE INDEX requests_by_user ON requests (user_id, kind);
        -- What the gateway asked other services before it accepted a request.
        CREATE TABLE lookups (
            request_id TEXT PRIMARY KEY REFERENCES requests,
            id TEXT NOT NULL,
            endpoint TEXT NOT NULL,
            status INTEGER NOT NULL,
            asked_at INTEGER NOT NULL
        );
        """

    enum Kind: String {
        case registration, order, deposit, withdrawal
    }

    /// A request as a client makes it.
    struct Request {
        var id: String
        var kind: Kind
        var userID: String
        var key: String?
        /// The order, the user or the account.
        var subject: String
        var fields: FieldSet
        var event: Event
        var lookup: Lookup?
    }

    /// A request to another service whose answer decides what is accepted.
    struct Lookup {
        var id: String
        var endpoint: Endpoint
        var status: Int
        var askedAt: Instant
    }

    /// Where the answer to a request is found, and what it is about: those of the first one for a repetition.
    struct Accepted: Sendable {
        var id: String
        var subject: String
    }

    private let turn: Turn
    private var connection: any SQLConnection { turn.connection }

    init(_ turn: Turn) { self.turn = turn }

    // MARK: Accepting

    /// Keeps a request and sends it on, unless it is a repetition.
    /// - Parameter version: of the list of orders that the client has seen. A repetition under a key is answered
    ///   whatever its version: it is the first request that has changed the list.
    /// - Throws: ``Refusal``.
    func accept(_ request: Request, ifVersion version: Int? = nil) throws -> Accepted {
        if let key = request.key, let first = try self.first(request, key: key) {
            guard first.content == content(of: request) else {
                throw request.kind == .registration ? Refusal(409, "user_exists") : Refusal(422, "key_reused")
            }
            return first.accepted
        }
        // Two requests that each see the list without the other, or two for one order, must not both be accepted.
        try connection.takeTurns(["user:\(request.userID)", "subject:\(request.subject)"], at: turn.now)
        if let version, try Self.version(userID: request.userID, connection) != version {
            throw Refusal(412, "list_changed")
        }
        let accepted = Accepted(id: request.id, subject: request.subject)
        guard request.kind == .order, let first = try order(request.subject) else {
            try insert(request)
            try turn.emit(request.event, request.fields)
            return accepted
        }
        // Another request for the same attempt of a basket: it is answered with the same order.
        guard first.userID == request.userID, first.content == content(of: request) else {
            throw BasketError.otherSum
        }
        guard request.key != nil else { return first.accepted }
        try insert(request)
        try connection.execute(
            """
            UPDATE requests SET (answer_status, answer, answer_code, answered_at)
                = (SELECT answer_status, answer, answer_code, answered_at FROM requests WHERE id = $2)
            WHERE id = $1
            """, [.text(request.id), .text(first.accepted.id)])
        return accepted
    }

    // MARK: Reading

    /// How many orders a user has asked for: the version of their list of orders.
    static func version(userID: String, _ connection: any SQLConnection) throws -> Int {
        try connection.query(
            "SELECT COUNT(DISTINCT subject) AS count FROM requests WHERE user_id = $1 AND kind = 'order'",
            [.text(userID)])[0].number("count")
    }

    /// The order that a user has asked for under a key; nil when there is none.
    static func order(key: String, userID: String, _ connection: any SQLConnection) throws -> String? {
        try connection.query(
            "SELECT subject FROM requests WHERE user_id = $1 AND kind = 'order' AND key = $2",
            [.text(userID), .text(key)]
        ).first?.text("subject")
    }

    /// The answer to a request; nil while there is none.
    static func answer(_ id: String, _ connection: any SQLConnection) throws -> ServiceAnswer? {
        guard let row = try connection.query("SELECT * FROM requests WHERE id = $1", [.text(id)]).first,
            let status = try row.optionalInteger("answer_status", in: 200...599)
        else { return nil }
        let fields = try row.decoding("answer") { try FieldSet(Array($0.utf8), as: .any) }
        return ServiceAnswer(Int(status), fields, code: try row.optionalText("answer_code"))
    }

    /// An order that was asked for and not refused, as far as the gateway knows it.
    static func order(_ id: String, userID: String, _ connection: any SQLConnection) throws -> FieldSet? {
        try connection.query(
            """
            SELECT * FROM requests
            WHERE subject = $1 AND kind = 'order' AND user_id = $2 AND (answer_status IS NULL OR answer_status = 202)
            ORDER BY created_at, id LIMIT 1
            """, [.text(id), .text(userID)]
        ).first.map { try Row($0).pendingOrder }
    }

    /// The orders of a user that were asked for and not answered, oldest first, at most a hundred.
    static func unansweredOrders(userID: String, _ connection: any SQLConnection) throws -> [FieldSet] {
        try connection.query(
            """
            SELECT * FROM requests WHERE user_id = $1 AND kind = 'order' AND answer_status IS NULL
            ORDER BY created_at, id LIMIT 100
            """, [.text(userID)]
        ).map { try Row($0).pendingOrder }
    }

    // MARK: Answering

    /// The identity service has registered a user, or refused to.
    func userRegistered(_ fields: FieldSet) throws -> Verdict {
        if let status = turn.cause.answerStatus, status == 409 {
            try settle(.registration, subject: try fields.required(.userID), 409, FieldSet(), code: "user_exists")
            return .answer(ServiceAnswer(200))
        }
        guard let user = User(fields) else {
            guard turn.cause.answerStatus != 404 else { throw Refusal(404, "user_not_found") }
            turn.ask(.showUser, fields, then: .userRegistered)
            return .later
        }
        try settle(.registration, subject: user.id, 201, user.fields, code: nil)
        return .answer(ServiceAnswer(200))
    }

    /// An order has ended, or the order service has answered what it knows.
    func orderFinished(_ fields: FieldSet) throws -> Verdict {
        let orderID = try fields.required(.orderID)
        let outcome = OrderOutcome(refusal: fields[.reason])
        let status = turn.cause.answerStatus ?? (outcome == .succeeded ? 200 : 422)
        guard let asked = try order(orderID) else { return .answer(ServiceAnswer(200)) }
        var answer = asked.content.with(.orderID, orderID).with(.userID, asked.userID)
            .with(.createdAt, asked.createdAt)
        let isOutcome = status == 200 || status == 422
        if isOutcome || status == 202 {
            answer = answer.with(.status, isOutcome ? outcome.status : .pending).with(.reason, outcome.reason)
        }
        let code = outcome.reason?.rawValue ?? (status >= 400 ? "order_refused" : nil)
        try settle(.order, subject: orderID, status, answer, code: code)
        if isOutcome, turn.style.recordsPushAtGateway { _ = try PushEvents(turn).record(answer) }
        return .answer(ServiceAnswer(200))
    }

    /// Billing has made a deposit or a withdrawal, or refused to.
    func accountChanged(_ fields: FieldSet) throws -> Verdict {
        let reason = fields[.reason]
        let status =
            turn.cause.answerStatus
            ?? (reason == nil ? 200 : reason == .noAccount ? 404 : 422)
        let code = reason?.rawValue ?? (status == 200 ? nil : "request_refused")
        try settle(id: try fields.required(.requestID), status, fields, code: code)
        return .answer(ServiceAnswer(200))
    }

    // MARK: Rows

    private struct Row {
        var accepted: Accepted
        var userID: String
        var content: FieldSet
        var createdAt: Instant

        init(_ row: SQLRow) throws {
            accepted = Accepted(id: try row.text("id"), subject: try row.text("subject"))
            userID = try row.text("user_id")
            content = try row.decoding("content") { try FieldSet(Array($0.utf8), as: .any) }
            createdAt = try row.instant("created_at")
        }

        var pendingOrder: FieldSet {
            content.with(.orderID, accepted.subject).with(.userID, userID).with(.status, .pending)
                .with(.createdAt, createdAt)
        }
    }

    /// What decides whether two requests ask for the same: not the ids that the gateway gave them.
    private func content(of request: Request) -> FieldSet {
        var fields = request.fields
        fields[.requestID] = nil
        fields[.orderID] = nil
        fields[.userID] = nil
        return fields
    }

    private func first(_ request: Request, key: String) throws -> Row? {
        try connection.query(
            "SELECT * FROM requests WHERE user_id = $1 AND kind = $2 AND key = $3",
            [.text(request.userID), .text(request.kind.rawValue), .text(key)]
        ).first.map(Row.init)
    }

    private func order(_ id: String) throws -> Row? {
        try connection.query(
            "SELECT * FROM requests WHERE subject = $1 AND kind = 'order' ORDER BY created_at, id LIMIT 1", [.text(id)]
        ).first.map(Row.init)
    }

    private func insert(_ request: Request) throws {
        let content = String(decoding: content(of: request).json, as: UTF8.self)
        try connection.execute(
            """
            INSERT INTO requests (id, kind, user_id, key, content, subject, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                .text(request.id), .text(request.kind.rawValue), .text(request.userID), .text(request.key),
                .text(content), .text(request.subject), .instant(turn.now),
            ])
        guard let lookup = request.lookup else { return }
        try connection.execute(
            "INSERT INTO lookups (request_id, id, endpoint, status, asked_at) VALUES ($1, $2, $3, $4, $5)",
            [
                .text(request.id), .text(lookup.id), .text(lookup.endpoint.rawValue), .integer(lookup.status),
                .instant(lookup.askedAt),
            ])
    }

    private func settle(
        _ kind: Kind, subject: String, _ status: Int, _ answer: FieldSet, code: String?
    ) throws {
        try connection.execute(
            Self.settle + "subject = $5 AND kind = $6 AND (answer_status IS NULL OR answer_status = 202)",
            values(status, answer, code) + [.text(subject), .text(kind.rawValue)])
    }

    private func settle(id: String, _ status: Int, _ answer: FieldSet, code: String?) throws {
        try connection.execute(
            Self.settle + "id = $5 AND (answer_status IS NULL OR answer_status = 202)",
            values(status, answer, code) + [.text(id)])
    }

    private static let settle =
        "UPDATE requests SET answer_status = $1, answer = $2, answer_code = $3, answered_at = $4 WHERE "

    private func values(_ status: Int, _ answer: FieldSet, _ code: String?) -> [SQLValue] {
        [.integer(status), .text(String(decoding: answer.json, as: UTF8.self)), .text(code), .instant(turn.now)]
    }
}
