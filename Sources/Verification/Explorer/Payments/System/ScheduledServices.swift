import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import SQLKit
import WorldKit

/// Production services whose effects wait for the scheduler.
struct ScheduledServices: Sendable {
    let run: ProcessTree.Run

    var database: any SQLDatabase { ScheduledDatabase(run: run) }

    func services(_ settings: Settings) -> Services {
        let partners = ScheduledPartners(run: run)
        return Services(
            store: Store(database),
            partners: Partners(
                eda: partners, transactions: partners, cardstorage: partners, cashback: partners, check: partners,
                storage: partners),
            world: World(
                now: { [run] in run.clock }, sleep: { [run] _ in try await run.sleep() },
                randomBytes: { Array(repeating: 0, count: $0) }, newID: { [run] in run.newName() }),
            settings: settings,
            deeplinks: DeeplinkSigner(
                keys: [DeeplinkKey(kid: "1", secret: [0])], authenticate: { _, _ in Array(repeating: 0, count: 32) },
                equals: ==))
    }
}

/// A store whose transactions are effects.
private struct ScheduledDatabase: SQLDatabase {
    let run: ProcessTree.Run

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await run.ask(.transaction(isReadOnly: true) { try body($0) })
    }

    /// Every transaction takes its turn.
    func readImmediately<Value: Sendable>(_ body: @Sendable (any SQLConnection) throws -> Value) throws -> Value? {
        nil
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await run.ask(.transaction(isReadOnly: false) { try body($0) })
    }

    func close() async {}
}

/// Partners whose requests are effects.
private struct ScheduledPartners: ModelledPartners {
    let run: ProcessTree.Run

    func perform<Value: Sendable>(
        _ action: PartnerAction,
        _ body: @escaping @Sendable (inout PartnerKnowledge, Instant) throws -> PartnerReply<Value>
    ) async throws -> Value {
        try await run.ask(
            .question(action) { models, now in
                let reply = try body(&models, now)
                var erased = PartnerReply<any Sendable>(reply.value)
                erased.callbacks = reply.callbacks
                erased.isAnswerLost = reply.isAnswerLost
                return erased
            })
    }

    func pdf(of receipt: [UInt8]) throws(PartnerRefusal) -> [UInt8] { Array("%PDF-1.4\n%%EOF\n".utf8) }
}
