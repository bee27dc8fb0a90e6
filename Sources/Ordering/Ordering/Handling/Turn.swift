import MessagingKit
import OrderingCore
import SQLKit
package import WorldKit

/// Why a service acts: a message, a request, or the answer to a request of its own.
package struct Cause: Hashable, Sendable {
    /// The id of the message, or of the request.
    package var id: String
    package var correlationID: String
    /// When it was sent first.
    package var time: Instant
    package var traceParent: String?
    /// When the service itself has learned of it, by its own clock: what has to come first, from another service, may
    /// be awaited from then on.
    package var knownSince: Instant
    /// How often it has been tried, this time included.
    package var attempts = 1
    /// The status of the answer to a request of the service's own; nil for everything else.
    package var answerStatus: Int?
    /// The sequence of the message that caused it; nil when it was caused by another service's request.
    var sequence: String?

    package init(id: String, correlationID: String, time: Instant, traceParent: String? = nil) {
        self.id = id
        self.correlationID = correlationID
        self.time = time
        knownSince = time
        self.traceParent = traceParent
    }
}

/// One run of an operation in its transaction: where it reads and writes, and where it puts what is to be sent.
///
/// It does no I/O. What it sends has ids derived from the cause, so that a second run sends the same.
final class Turn {
    let connection: any SQLConnection
    let service: ServiceName
    let style: Style
    let cause: Cause
    let now: Instant
    private(set) var messages: [Message] = []
    private(set) var calls: [StagedCall] = []

    init(_ connection: any SQLConnection, service: ServiceName, style: Style, cause: Cause, at now: Instant) {
        self.connection = connection
        self.service = service
        self.style = style
        self.cause = cause
        self.now = now
    }

    /// Sends an event as the style says: as a message, as a request, or in the answer alone.
    func emit(_ event: Event, _ fields: FieldSet) throws {
        switch style.arrow(event) {
        case .publish(let type):
            let key = event.isAboutAccount ? try fields.required(.userID) : try fields.required(.orderID)
            try publish(type, key: key, fields)
        case .call(let endpoint, let next): ask(endpoint, fields, then: next)
        case .reply: break
        }
    }

    private func publish(_ type: MessageType, key: String, _ fields: FieldSet) throws {
        guard let form = Contract.entry(type, in: style.name)?.body else {
            throw ContractError.notInStyle(type, style.name)
        }
        let (body, version) = try Contract.encode(fields.limited(to: form), as: type, in: style.name)
        messages.append(
            Message(
                id: nextID, type: type.rawValue, key: key, correlationID: cause.correlationID, causationID: cause.id,
                time: now, traceParent: cause.traceParent, schemaVersion: version, body: body))
    }

    /// Stages a request to another service.
    /// - Parameters:
    ///   - fields: those that the request does not have are kept for its answer.
    ///   - next: what the answer comes to, with these fields and its own.
    func ask(_ endpoint: Endpoint, _ fields: FieldSet, then next: Operation) {
        calls.append(
            StagedCall(
                id: nextID, endpoint: endpoint, fields: fields.limited(to: endpoint.request), context: fields,
                next: next, correlationID: cause.correlationID, causationID: cause.id, time: cause.time,
                traceParent: cause.traceParent, sequence: cause.sequence))
    }

    private var nextID: String {
        DerivedID.make(sender: service, cause: cause.id, number: messages.count + calls.count)
    }
}

/// A request to another service, decided in a transaction and made afterwards.
struct StagedCall: Hashable, Sendable {
    var id: String
    var endpoint: Endpoint
    var fields: FieldSet
    /// What its answer is handled with, in addition to the answer's fields.
    var context: FieldSet
    var next: Operation
    var correlationID: String
    var causationID: String
    /// When the first cause of it was sent.
    var time: Instant
    var traceParent: String?
    /// The sequence of the message that the request was made for. The message takes effect when the answer arrives, so
    /// requests made for one sequence are sent one after another too.
    var sequence: String?
}
