package import QueueKit
package import SQLKit
package import WorldKit

/// Sends what is in an outbox to a broker, at least once, in the order of each key.
///
/// It reads what is unsent and follows no position, so that a row that was committed late is not passed over. One relay
/// of an outbox sends at a time, under a lease, and others stand by. One that was suspended for longer than its lease
/// may send again what its successor has sent, under the same ids.
///
/// Messages that a working broker does not confirm are set aside with their key, see ``SilentRoutes``; the others are
/// sent.
package struct Relay: Sendable {
    private let database: any SQLDatabase
    private let broker: any Broker
    private let world: World
    private let processes: Processes
    private let id: String
    private let silent = SilentRoutes()

    /// How many rows are read at once.
    package var batch = 1000
    /// What is handed to the broker at once. How much of it may be on its way is the broker's affair: one on a network
    /// sends on as confirms come in, where a small window here would wait for the last confirm of each.
    package var windowBytes = 1 << 20
    package var windowCount = 1000
    /// When a returned or refused message is sent again.
    package var policy = RetryPolicy(
        polls: 0, periodSeconds: 0, baseSeconds: 1, capSeconds: 60, jitter: 0, maxAttempts: 5)
    /// Pauses while the broker is down, blocked or does not answer.
    package var backoff = RetryPolicy(
        polls: 0, periodSeconds: 0, baseSeconds: 0.1, capSeconds: 5, jitter: 0.5, maxAttempts: .max)
    /// How often it looks for rows that another process has added.
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
    /// Where other processes signal that they have committed messages to send; nil to rely on polling.
    package var channel: String?
    /// Called after each pass that did something, or failed.
    package var report: @Sendable (Pass) async -> Void = { _ in }

    package init(_ database: any SQLDatabase, _ broker: any Broker, _ world: World, _ processes: Processes) {
        self.database = database
        self.broker = broker
        self.world = world
        self.processes = processes
        id = world.newID()
    }

    /// The result of one pass over the outbox.
    package struct Pass: Hashable, Sendable {
        package var sent = 0
        package var parked = 0
        /// Still unsent: the outcome is unknown.
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
        let listening = Task { [database, channel, committed] in
            guard let signals = channel.flatMap({ database.signals($0) }) else { return }
            for await _ in signals { committed.notify() }
        }
        defer { listening.cancel() }
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
            let removed = try? await database.write(isolation: .statement) {
                try Outbox($0).removeSent(before: end, limit: Self.sweepBatch)
            }
            guard removed == Self.sweepBatch else { return }
        }
    }

    /// How many rows one pass sends at most, so that it is reported now and then.
    private static let passRows = 20_000

    /// Publishes window by window, two of them at a time where their keys differ. Meanwhile the outcomes of the one
    /// before are recorded and further rows are read, so that the broker waits neither for the store nor for this task.
    private func pass() async -> Pass {
        var pass = Pass()
        do {
            let trials = silent.ended
            let read = try await exchange(recording: [], of: trials, reading: batch)
            silent.recorded(trials.count)
            pass.add(trials)
            guard let first = read else {
                pass.isStandby = true
                return pass
            }
            var aside: [Aside] = []
            // Rows that waited behind a row become unsent once its outcome is recorded.
            var hasReleased = trials.contains(where: Self.releases)
            var rest = admit(first.entries, &aside)
            pass.mayHaveMore = first.mayHaveMore
            var flights: [Flight] = []
            // Published, and not recorded yet.
            var settled: [Settled] = []
            var isFailing = false
            while true {
                while flights.count < Self.flights, !isFailing, !Task.isCancelled,
                    let window = RelayWindow(
                        from: &rest, limit: windowCount, bytes: windowBytes,
                        withoutKeys: Set(flights.flatMap(\.window.keys)))
                {
                    flights.append(Flight(window: window, outcomes: publishing(window)))
                }
                guard !flights.isEmpty else { break }
                let needsMore = pass.mayHaveMore && rest.count < windowCount && pass.sent < Self.passRows
                let known = Set((flights.flatMap(\.window.entries) + rest).map(\.position))
                // Not canceled with the caller: what is not recorded is sent twice.
                let exchanging = Task { [settled, aside] in
                    try await exchange(
                        recording: settled, settingAside: aside, reading: needsMore ? batch : 0, except: known)
                }
                aside = []
                let flight = flights.removeFirst()
                let outcomes = await flight.outcomes.value
                settled = []
                let more = try await exchanging.value
                settled = zip(flight.window.entries, outcomes).map { (entry: $0, outcome: $1) }
                pass.add(settled)
                hasReleased = hasReleased || settled.contains(where: Self.releases)
                silent.note(settled, policy, at: world.now())
                if needsMore {
                    pass.mayHaveMore = more?.mayHaveMore ?? false
                    rest = (rest + (more?.entries ?? [])).sorted { $0.position < $1.position }
                }
                isFailing = isFailing || outcomes.contains(where: \.isUnknown)
                let held = Set(settled.filter { $0.outcome != .confirmed }.map(\.entry.message.key))
                if !held.isEmpty { rest.removeAll { held.contains($0.message.key) } }
                rest = admit(rest, &aside)
            }
            if !settled.isEmpty || !aside.isEmpty {
                _ = try await Task { [settled, aside] in
                    try await exchange(recording: settled, settingAside: aside, reading: 0)
                }.value
            }
            if !rest.isEmpty || hasReleased { pass.mayHaveMore = true }
        } catch let error as SQLError {
            pass.failure = error.message
        } catch {
            // Canceled: what was not recorded is sent again under the same id.
        }
        return pass
    }

    /// A window that is being published.
    private struct Flight {
        var window: RelayWindow
        var outcomes: Task<[PublishOutcome], Never>
    }

    private static let flights = 2

    private typealias Settled = (entry: OutboxEntry, outcome: PublishOutcome)
    private typealias Aside = (position: Int64, until: Instant, reason: String)

    /// Records outcomes and reads more rows, in one transaction.
    /// - Parameters:
    ///   - trials: outcomes of rows that were set aside.
    ///   - aside: rows not to publish for now.
    ///   - limit: how many rows to look at; zero reads none.
    ///   - positions: rows that have already been read.
    /// - Returns: nil while another relay holds the lease.
    private func exchange(
        recording settled: [Settled], of trials: [Settled] = [], settingAside aside: [Aside] = [],
        reading limit: Int, except positions: Set<Int64> = []
    ) async throws -> Outbox.Unsent? {
        guard !settled.isEmpty || !aside.isEmpty || limit > 0 else { return Outbox.Unsent() }
        let now = world.now()
        return try await SQLRetry.run { [self] in
            // If a power failure undoes this, the rows are sent again under the same ids, as after an unknown outcome.
            try await database.writeUnsynced { connection in
                let outbox = Outbox(connection)
                try outbox.takeBack(trials.map(\.entry.position))
                try outbox.settle(settled + trials, policy, at: now)
                for trial in trials where trial.outcome == .confirmed { try outbox.retryParked(trial.entry.route) }
                try outbox.setAside(aside, at: now)
                guard try claim(outbox, at: now) else { return nil }
                guard limit > 0 else { return Outbox.Unsent() }
                try outbox.retryParked(at: now)
                return try outbox.unsent(limit: limit, except: positions)
            }
        }
    }

    private static func releases(_ settled: Settled) -> Bool {
        settled.outcome == .confirmed && settled.entry.mayBlock
    }

    /// Removes rows on silent routes, with later rows of their keys, and starts the trials that are due.
    private func admit(_ entries: [OutboxEntry], _ aside: inout [Aside]) -> [OutboxEntry] {
        let now = world.now()
        var closed: Set<String> = []
        return entries.filter { entry in
            // Later rows of the key are put aside as waiting when they are read again.
            guard !closed.contains(entry.message.key) else { return false }
            switch silent.verdict(on: entry.route, at: now) {
            case .publish: return true
            case .setAside(let until, let reason): aside.append((entry.position, until, reason))
            case .probe(let reason):
                aside.append((entry.position, silent.trialEnd(at: now), reason))
                Task { [broker, silent, policy, world, committed] in
                    let outcome = await broker.publish([entry.message], to: entry.exchange)[0]
                    silent.ended(entry, outcome, policy, at: world.now())
                    committed.notify()
                }
            }
            closed.insert(entry.message.key)
            return false
        }
    }

    private func claim(_ outbox: Outbox, at now: Instant) throws -> Bool {
        try outbox.claimSending(
            id, holder: processes.own, leaseSeconds: leaseSeconds, at: now, isAlive: processes.isAlive)
    }

    /// Publishes a window, whether the caller is canceled or not: an unknown outcome would be sent twice.
    private func publishing(_ window: RelayWindow) -> Task<[PublishOutcome], Never> {
        let messages = window.entries.map(\.message)
        return Task { [broker] in await broker.publish(messages, to: window.exchange) }
    }
}

extension Relay.Pass {
    fileprivate mutating func add(_ settled: [(entry: OutboxEntry, outcome: PublishOutcome)]) {
        for (_, outcome) in settled {
            switch outcome {
            case .confirmed: sent += 1
            case .returned, .refused, .unconfirmed: parked += 1
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
