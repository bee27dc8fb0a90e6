package import QueueKit
package import SQLKit
package import WorldKit

/// Sends what is in an outbox to a broker, at least once, in the order of each key.
///
/// It reads what is unsent and follows no position, so that a row that was committed late is not passed over. One relay
/// of an outbox sends at a time, under a lease, and others stand by. One that was suspended for longer than its lease
/// may send again what its successor has sent, under the same ids.
package struct Relay: Sendable {
    private let database: any SQLDatabase
    private let broker: any Broker
    private let world: World
    private let processes: Processes
    private let id: String

    /// How many rows are read at once.
    package var batch = 1000
    /// What is published and not confirmed at the same time: more than 64 KiB could block a connection to a broker that
    /// accepts nothing.
    package var windowBytes = 64 << 10
    package var windowCount = 1000
    /// When a message that the broker did not want is sent again.
    package var policy = RetryPolicy(
        polls: 0, periodSeconds: 0, baseSeconds: 1, capSeconds: 60, jitter: 0, maxAttempts: 5)
    /// Pauses while the broker is down, blocked or does not answer.
    package var backoff = RetryPolicy(
        polls: 0, periodSeconds: 0, baseSeconds: 0.1, capSeconds: 5, jitter: 0.5, maxAttempts: .max)
    /// Another process may have added something.
    package var pollSeconds = 0.5
    package var leaseSeconds = 30.0
    /// A sent row is kept this long, to be resent or to be shown.
    package var retentionSeconds = 7 * 86_400.0
    /// The part of the broker's exchanges and queues that this process makes; nil when another one does.
    ///
    /// It is applied before anything is published, and again after a message was returned or refused: a broker that was
    /// set up anew or has lost a binding shows that in no other way. What was parked is sent again as ``policy`` says.
    package var topology: Topology?
    /// The shortest time between two applications of the topology.
    package var topologySeconds = 5.0
    /// To be notified when this process has committed something to send.
    package var committed = Signal()
    /// Called after each pass that did something, or failed.
    package var report: @Sendable (Pass) async -> Void = { _ in }

    package init(_ database: any SQLDatabase, _ broker: any Broker, _ world: World, _ processes: Processes) {
        self.database = database
        self.broker = broker
        self.world = world
        self.processes = processes
        id = world.newID()
    }

    /// What one pass over the outbox came to.
    package struct Pass: Hashable, Sendable {
        package var sent = 0
        package var parked = 0
        /// Unsent still: the broker did not say what became of it.
        package var unknown = 0
        /// Why the broker or the store could not be used.
        package var failure: String?
        /// Another relay sends.
        package var isStandby = false
        /// Whether there may be more to send.
        package var mayHaveMore = false

        package init() {}
    }

    /// Sends what is unsent until nothing is left, or something fails.
    /// - Returns: all passes together.
    package func flush() async -> Pass {
        var total = Pass()
        total.failure = await applyTopology()
        if total.failure != nil { return total }
        repeat {
            let pass = await pass()
            total.sent += pass.sent
            total.parked += pass.parked
            total.unknown += pass.unknown
            (total.failure, total.isStandby, total.mayHaveMore) = (pass.failure, pass.isStandby, pass.mayHaveMore)
        } while total.mayHaveMore && total.failure == nil && !Task.isCancelled
        return total
    }

    /// Sends until the task is canceled; a window that is being published is completed first.
    package func run() async {
        var failures = 0
        var nextSweep = world.now()
        var nextApplication = world.now()
        var isTopologyDue = true
        while !Task.isCancelled {
            var pass = Pass()
            if isTopologyDue, world.now() >= nextApplication {
                nextApplication = world.now().advanced(bySeconds: topologySeconds)
                pass.failure = await applyTopology()
                isTopologyDue = pass.failure != nil
            }
            if pass.failure == nil { pass = await self.pass() }
            if pass.parked > 0 { isTopologyDue = true }
            if pass.sent + pass.parked + pass.unknown > 0 || pass.failure != nil { await report(pass) }
            if pass.failure != nil {
                failures += 1
                // What is committed meanwhile does not end the pause.
                let random = Double(world.randomBytes(1).first ?? 0) / 255
                let pause = backoff.delay(attempts: failures, polls: 0, isNotYet: false, random: random)
                try? await world.sleep(pause ?? backoff.capSeconds)
                continue
            }
            failures = 0
            if pass.mayHaveMore { continue }
            if !pass.isStandby, world.now() >= nextSweep {
                nextSweep = world.now().advanced(bySeconds: Self.sweepSeconds)
                await sweep()
            }
            try? await committed.wait { [world, pollSeconds] in try await world.sleep(pollSeconds) }
        }
        await release()
    }

    /// Gives the right to send back, after the last ``flush()``, so that another relay need not wait for it.
    package func release() async {
        _ = try? await uncanceled { [database, id] in try await database.write { try Outbox($0).releaseSending(id) } }
    }

    // MARK: Parts

    /// - Returns: why it cannot be applied.
    private func applyTopology() async -> String? {
        guard let topology else { return nil }
        do {
            _ = try await broker.apply(topology)
            return nil
        } catch let error as BrokerError {
            return error.message
        } catch {
            return "\(error)"
        }
    }

    /// Seconds between two removals of old rows.
    private static let sweepSeconds = 60.0
    private static let sweepBatch = 500
    private static let sweepBatches = 20

    private func sweep() async {
        let end = world.now().advanced(bySeconds: -retentionSeconds)
        for _ in 0..<Self.sweepBatches where !Task.isCancelled {
            let removed = try? await database.write { try Outbox($0).removeSent(before: end, limit: Self.sweepBatch) }
            guard removed == Self.sweepBatch else { return }
        }
    }

    /// Reads a batch, publishes it window by window, and records the outcomes.
    private func pass() async -> Pass {
        var pass = Pass()
        do {
            guard let unsent = try await read() else {
                pass.isStandby = true
                return pass
            }
            pass.mayHaveMore = unsent.mayHaveMore
            var rest = unsent.entries
            // The outcomes of a window are recorded while the next one is published.
            var recording: Task<Void, any Error>?
            while !Task.isCancelled, let window = RelayWindow(from: &rest, limit: windowCount, bytes: windowBytes) {
                let outcomes = await publish(window)
                let settled = zip(window.entries, outcomes).map { (entry: $0, outcome: $1) }
                pass.add(settled)
                let isFailing = outcomes.contains(where: \.isUnknown)
                let held = Set(settled.filter { $0.outcome != .confirmed }.map(\.entry.message.key))
                if !held.isEmpty { rest.removeAll { held.contains($0.message.key) } }
                try await recording?.value
                recording = Task { try await record(settled) }
                if isFailing { break }
            }
            try await recording?.value
            if !rest.isEmpty { pass.mayHaveMore = true }
        } catch let error as SQLError {
            pass.failure = error.message
        } catch {
            // Canceled: what was not recorded is sent again under the same id.
        }
        return pass
    }

    /// - Returns: nil while another relay sends.
    private func read() async throws -> Outbox.Unsent? {
        let now = world.now()
        return try await SQLRetry.run { [self] in
            try await database.write { connection in
                let outbox = Outbox(connection)
                guard try claim(outbox, at: now) else { return nil }
                try outbox.retryParked(at: now)
                return try outbox.unsent(limit: batch)
            }
        }
    }

    private func record(_ settled: [(entry: OutboxEntry, outcome: PublishOutcome)]) async throws {
        let now = world.now()
        try await SQLRetry.run { [self] in
            try await database.write { connection in
                let outbox = Outbox(connection)
                try outbox.settle(settled, policy, at: now)
                _ = try claim(outbox, at: now)
            }
        }
    }

    private func claim(_ outbox: Outbox, at now: Instant) throws -> Bool {
        try outbox.claimSending(
            id, holder: processes.own, leaseSeconds: leaseSeconds, at: now, isAlive: processes.isAlive)
    }

    /// Publishes a window, whether the caller is canceled or not: an unknown outcome would be sent twice.
    private func publish(_ window: RelayWindow) async -> [PublishOutcome] {
        let messages = window.entries.map(\.message)
        return await Task { [broker] in await broker.publish(messages, to: window.exchange) }.value
    }
}

extension Relay.Pass {
    fileprivate mutating func add(_ settled: [(entry: OutboxEntry, outcome: PublishOutcome)]) {
        for (_, outcome) in settled {
            switch outcome {
            case .confirmed: sent += 1
            case .returned, .refused: parked += 1
            case .unknown(let reason):
                unknown += 1
                failure = reason
            }
        }
    }
}

extension PublishOutcome {
    fileprivate var isUnknown: Bool {
        if case .unknown = self { true } else { false }
    }
}
