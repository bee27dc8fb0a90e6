import JSONKit
import OrderingCore
import SQLKit
import WorldKit

/// Client requests with their answers. A row outlives the client's wait and a restart of the gateway.
struct GatewayRequests {
    static let tables = """
        CREATE TABLE requests (
            -- Also the correlation id of everything that it causes.
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            user_id TEXT NOT NULL,
            -- The client's idempotency key.
            key TEXT,
            -- The request's fields, to tell a repetition from another request under the same key.
            content TEXT NOT NULL,
            -- The order, the user or the account.
            subject TEXT NOT NULL,
            -- Null until it is answered; a 202 may be replaced by the outcome.
            answer_status INTEGER,
            answer TEXT,
            answer_code TEXT,
            created_at INTEGER NOT NULL,
            answered_at INTEGER
        );
        CREATE UNIQUE INDEX requests_by_key ON requests (user_id, kind, key) WHERE key IS NOT NULL;
        CREATE INDEX requests_by_subject ON requests (subject, kind);
        CREATE INDEX requests_by_user ON requests (user_id, kind);
        -- Requests that the gateway made to other services before it accepted a client's.
        CREATE TABLE lookups (
            request_id TEXT PRIMARY KEY REFERENCES requests,
            id TEXT NOT NULL,
            endpoint TEXT NOT NULL,
            status INTEGER NOT NULL,
            asked_at INTEGER NOT NULL
        );
        """

    static let retention = """
        CREATE INDEX requests_by_answer ON requests (answered_at) WHERE answered_at IS NOT NULL;
        -- How many orders a user has asked for, those included whose requests were removed.
        CREATE TABLE order_lists (
            user_id TEXT PRIMARY KEY,
            version INTEGER NOT NULL
        );
        INSERT INTO order_lists (user_id, version)
            SELECT user_id, COUNT(DISTINCT subject) FROM requests WHERE kind = 'order' GROUP BY user_id;
        """

    /// How long an answered request is kept: as long as the marks of handled messages, so that it still exists for any
    /// message that an operator may resend. A client that reuses its key later makes a new request.
    static let retentionSeconds = Handled.retentionSeconds

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
        /// Whether the order service already had the order.
        var isKnownOrder = false
    }

    /// A request to another service whose answer decides what is accepted.
    struct Lookup {
        var id: String
        var endpoint: Endpoint
        var status: Int
        var askedAt: Instant
    }

    /// The id and subject of the request that will be answered: for a repetition, those of the first request.
    struct Accepted: Sendable {
        var id: String
        var subject: String
    }

    private let turn: Turn
    private var connection: any SQLConnection { turn.connection }

    init(_ turn: Turn) { self.turn = turn }

    // MARK: Accepting

    /// Stores a request and forwards it, unless it is a repetition.
    /// - Parameter version: of the list of orders that the client has seen. A repetition under a key is answered
    ///   whatever its version, because the first request itself has changed the list.
    /// - Throws: ``Refusal``.
    func accept(_ request: Request, ifVersion version: Int? = nil) throws -> Accepted {
        if let key = request.key, let first = try self.first(request, key: key) {
            guard first.content == content(of: request) else {
                throw request.kind == .registration ? Refusal(409, "user_exists") : Refusal(422, "key_reused")
            }
            return first.accepted
        }
        // Two requests that each read the list before the other's change, or two for one order, must not both be
        // accepted.
        try connection.takeTurns(["user:\(request.userID)", "subject:\(request.subject)"], at: turn.now)
        if let version, try Self.version(userID: request.userID, connection) != version {
            throw Refusal(412, "list_changed")
        }
        let accepted = Accepted(id: request.id, subject: request.subject)
        guard request.kind == .order, let first = try order(request.subject) else {
            try insert(request)
            if request.kind == .order, !request.isKnownOrder { try countOrder(of: request.userID) }
            try turn.emit(request.event, request.fields)
            return accepted
        }
        // Another request for the same attempt of a basket gets the same order.
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
        try connection.query("SELECT version FROM order_lists WHERE user_id = $1", [.text(userID)]).first?
            .number("version") ?? 0
    }

    /// The order that a user has requested under a key; nil if there is none.
    static func order(key: String, userID: String, _ connection: any SQLConnection) throws -> String? {
        try connection.query(
            "SELECT subject FROM requests WHERE user_id = $1 AND kind = 'order' AND key = $2",
            [.text(userID), .text(key)]
        ).first?.text("subject")
    }

    /// The answer to a request; nil while it is unanswered.
    static func answer(_ id: String, _ connection: any SQLConnection) throws -> ServiceAnswer? {
        guard let row = try connection.query("SELECT * FROM requests WHERE id = $1", [.text(id)]).first,
            let status = try row.optionalInteger("answer_status", in: 200...599)
        else { return nil }
        let fields = try row.decoding("answer") { try FieldSet(Array($0.utf8), as: .any) }
        return ServiceAnswer(Int(status), fields, code: try row.optionalText("answer_code"))
    }

    /// A requested order that was not refused, as far as the gateway knows.
    static func order(_ id: String, userID: String, _ connection: any SQLConnection) throws -> FieldSet? {
        try connection.query(
            """
            SELECT * FROM requests
            WHERE subject = $1 AND kind = 'order' AND user_id = $2 AND (answer_status IS NULL OR answer_status = 202)
            ORDER BY created_at, id LIMIT 1
            """, [.text(id), .text(userID)]
        ).first.map { try Row($0).pendingOrder }
    }

    /// The requested orders of a user without an answer, oldest first, at most a hundred.
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

    // MARK: Retention

    /// Removes requests that were answered before `instant`, oldest answers first, at most `limit`.
    /// - Returns: the number of removed requests.
    static func remove(before instant: Instant, limit: Int, _ connection: any SQLConnection) throws -> Int {
        guard try connection.takesOver("requests.retention") else { return 0 }
        let ids = try connection.query(
            """
            SELECT id FROM requests WHERE answered_at < $1 ORDER BY answered_at
            LIMIT $2\(connection.dialect.skipLocked)
            """,
            [.instant(instant), .integer(limit)]
        ).map { [SQLValue.text(try $0.text("id"))] }
        try connection.executeEach("DELETE FROM lookups WHERE request_id = $1", ids)
        return try connection.executeEach("DELETE FROM requests WHERE id = $1", ids).count
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

    /// The fields that make two requests the same: all but the ids that the gateway assigned.
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

    private func countOrder(of userID: String) throws {
        try connection.execute(
            """
            INSERT INTO order_lists (user_id, version) VALUES ($1, 1)
            ON CONFLICT (user_id) DO UPDATE SET version = order_lists.version + 1
            """, [.text(userID)])
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
