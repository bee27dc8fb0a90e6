package import SQLKit
package import WorldKit

/// Messages that a service has decided to send, written in the transaction of the effect that they announce.
///
/// Messages of one key are sent in order: one that the broker returns or refuses is parked, and those behind it wait,
/// while other keys continue. What waits is kept apart, so that sending reads only what can be sent.
///
/// Positions are in commit order because write transactions run as if they were alone. An engine at READ COMMITTED
/// assigns positions before the commit: there the order of a key holds only where its writers exclude each other, for
/// example because each changes the row that the key names. Nothing is lost in any case: a relay reads what is unsent,
/// whatever its position.
package struct Outbox {
    let connection: any SQLConnection

    package init(_ connection: any SQLConnection) { self.connection = connection }

    /// Adds messages to be sent; one whose id is already there stays as it is.
    package func append(_ messages: [Message], to exchange: String, at now: Instant) throws {
        try connection.executeEach(
            """
            \(Self.insertion)(\(Message.envelopeColumns), exchange, body, state, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'unsent', $13) ON CONFLICT (id) DO NOTHING
            """,
            messages.map { message in
                message.envelopeValues + [
                    .text(exchange), .text(String(decoding: message.body, as: UTF8.self)), .instant(now),
                ]
            })
    }

    /// The start of the statement that ``append(_:to:at:)`` runs.
    package static let insertion = "INSERT INTO outbox "

    /// The message in one parameter set of that statement.
    /// - Throws: ``SQLKit/SQLError`` for any other parameters.
    package static func message(ofInsertion parameters: [SQLValue]) throws -> Message {
        let columns = Message.envelopeColumns.split(separator: ", ").map(String.init) + ["exchange", "body"]
        guard parameters.count == columns.count + 1 else {
            throw SQLError(code: .other, message: "not the parameters of a message for the outbox")
        }
        let row = SQLRow(Dictionary(uniqueKeysWithValues: zip(columns, parameters)))
        return try Message(row, body: Array(try row.text("body").utf8))
    }
}

/// A row of the outbox.
package struct OutboxEntry: Hashable, Sendable {
    package enum State: String, CaseIterable, Sendable {
        case unsent
        /// Behind a parked one of its key.
        case waiting
        /// The broker has it.
        case sent
        /// The broker returned or refused it.
        case parked
        /// An operator skipped it.
        case skipped
    }

    /// In the order of the transactions that added it.
    package var position: Int64
    package var message: Message
    package var exchange: String
    package var state: State
    /// How often it was published.
    package var attempts: Int
    /// How often it was returned or refused since an operator last resent it.
    package var rejections: Int
    /// Why it could not be sent the last time.
    package var error: String?
    package var createdAt: Instant
    /// When it was sent, parked or skipped.
    package var settledAt: Instant?
    /// When a parked one is retried automatically.
    package var retryAt: Instant?
    /// Whether others of its key may wait behind it.
    var mayBlock: Bool

    init(_ row: SQLRow) throws {
        position = try row.integer("position")
        message = try Message(row, body: Array(try row.text("body").utf8))
        exchange = try row.text("exchange")
        state = try row.word("state")
        attempts = try row.number("attempts")
        rejections = try row.number("rejections")
        error = try row.optionalText("error")
        createdAt = try row.instant("created_at")
        settledAt = try row.optionalInstant("settled_at")
        retryAt = try row.optionalInstant("retry_at")
        mayBlock = try row.bool("may_block")
    }
}
