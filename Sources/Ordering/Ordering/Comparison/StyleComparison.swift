package import MessagingKit
package import OrderingCore
package import QueueKit
import SQLKit
import SQLiteEngine
import Synchronization
package import WorldKit

/// Puts one style under the load of a plan, with its faults, and measures it.
///
/// The load is open-loop: each client starts at its planned time, whether or not earlier ones have been answered, and
/// response times count from the planned start.
package struct StyleComparison: Sendable {
    package var plan: ArrivalPlan
    package var fault: PlannedFault?
    /// The maximum time after the load until all services are at rest, in seconds.
    package var settleSeconds = 120.0
    package var options = OrderingRuntime.Options()
    /// Called with the number of answered orders, as they are answered.
    package var progress: @Sendable (Int) -> Void = { _ in }

    private let world: World
    private let processes: Processes
    private let keys: PasswordKeys

    package init(
        _ plan: ArrivalPlan, _ world: World, _ processes: Processes, _ keys: PasswordKeys, fault: PlannedFault? = nil
    ) {
        self.plan = plan
        self.world = world
        self.processes = processes
        self.keys = keys
        self.fault = fault
    }

    /// - Parameters:
    ///   - folder: where new stores are created.
    ///   - broker: nil for the embedded one, in that folder.
    package func measure(
        _ style: StyleName, folder: String, broker other: (@Sendable () -> any Broker)? = nil
    ) async throws -> StyleMeasurement {
        let stores = try await OrderingStores.open(folder: folder, style: style, hasBroker: other == nil)
        let names = ProcessNames(processes)
        let broker = RestartableBroker { [world] in
            if let other { return other() }
            guard let database = stores.broker else { preconditionFailure("the stores have no broker") }
            return EmbeddedBroker(database, world, names.own)
        }
        let fleet = ServiceFleet(
            stores.style, databases: stores.databases, broker: broker, world: world, names: names, keys: keys,
            options: options)
        let result: Result<StyleMeasurement, any Error>
        do {
            result = .success(try await measure(fleet, stores, broker))
        } catch {
            result = .failure(error)
        }
        await fleet.stop()
        await broker.stop()
        await stores.close()
        return try result.get()
    }

    private func measure(
        _ fleet: ServiceFleet, _ stores: OrderingStores, _ broker: RestartableBroker
    ) async throws -> StyleMeasurement {
        // An unusable broker is reported immediately, not as orders that never end.
        if !fleet.style.topology.queues.isEmpty {
            let differences = try await broker.apply(fleet.style.topology)
            if let first = differences.first { throw BrokerError(.mismatch, first.words) }
        }
        fleet.start()
        let users = try await customers(fleet)
        try await stores.rest(broker, world, seconds: settleSeconds)

        var measurement = StyleMeasurement(style: fleet.style.name)
        measurement.fault = fault
        let (arrows, commits, bytes) = (fleet.arrows, SQLiteDatabase.commits, ProcessIO.written)
        let start = world.now()
        let answers = try await withThrowingTaskGroup(of: Void.self) { group in
            if let fault { group.addTask { try await make(fault, in: fleet, broker, start) } }
            let answers = try await load(fleet, users, from: start)
            try await group.waitForAll()
            return answers
        }
        measurement.isSettled = try await stores.rest(broker, world, seconds: settleSeconds)
        measurement.arrows = fleet.arrows - arrows
        measurement.commits = SQLiteDatabase.commits - commits
        if let bytes, let now = ProcessIO.written { measurement.bytes = now - bytes }
        try await judge(&measurement, stores, users, answers, from: start)
        return measurement
    }

    // MARK: Load

    /// Registers the users and gives them their money.
    private func customers(_ fleet: ServiceFleet) async throws -> [String] {
        try await inGroups(of: plan.deposits.count) { index in
            guard let gateway = fleet.gateway else { throw ComparisonError.notPrepared("the gateway is stopped") }
            let name = "customer \(index)"
            let user = try await gateway.register(name: name)
            guard user.status == 201 else { throw ComparisonError.notPrepared("\(name): answered \(user.status)") }
            let userID = gateway.userID(name: name)
            let deposit = try await gateway.deposit(plan.deposits[index], userID: userID, key: "first")
            guard deposit.status == 200 else {
                throw ComparisonError.notPrepared("deposit: answered \(deposit.status)")
            }
            return userID
        }
    }

    private static let groupSize = 20

    private func inGroups(of count: Int, _ body: @escaping @Sendable (Int) async throws -> String) async throws
        -> [String]
    {
        var all: [String] = []
        for start in stride(from: 0, to: count, by: Self.groupSize) {
            all += try await withThrowingTaskGroup(of: (Int, String).self) { group in
                for index in start..<min(count, start + Self.groupSize) {
                    group.addTask { (index, try await body(index)) }
                }
                return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
            }
        }
        return all
    }

    private struct Answer: Sendable {
        var status: Int?
        var orderID: String?
        var seconds: Double
    }

    private final class Answered: Sendable {
        let count = Atomic(0)
    }

    private func load(_ fleet: ServiceFleet, _ users: [String], from start: Instant) async throws -> [Answer] {
        let answered = Answered()
        return try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
            for (index, arrival) in plan.arrivals.enumerated() {
                let wait = start.advanced(bySeconds: arrival.seconds).seconds(since: world.now())
                if wait > 0 { try await world.sleep(wait) }
                group.addTask {
                    let answer = try? await fleet.gateway?.order(
                        arrival.price, userID: users[arrival.user], key: "order-\(index)")
                    let seconds = world.now().seconds(since: start) - arrival.seconds
                    progress(answered.count.add(1, ordering: .relaxed).newValue)
                    return (index, Answer(status: answer?.status, orderID: answer?.fields[.orderID], seconds: seconds))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func make(
        _ fault: PlannedFault, in fleet: ServiceFleet, _ broker: RestartableBroker, _ start: Instant
    ) async throws {
        func wait(until seconds: Double) async throws {
            let rest = start.advanced(bySeconds: seconds).seconds(since: world.now())
            if rest > 0 { try await world.sleep(rest) }
        }
        try await wait(until: fault.start)
        switch fault.target {
        case .service(let service):
            await fleet.stop(service)
            try await wait(until: fault.end)
            fleet.start(service)
        case .broker:
            await broker.stop()
            try await wait(until: fault.end)
            broker.start()
        }
    }

    // MARK: Judging

    private func judge(
        _ measurement: inout StyleMeasurement, _ stores: OrderingStores, _ users: [String], _ answers: [Answer],
        from start: Instant
    ) async throws {
        var snapshot = try await OrderingSnapshot(of: stores.databases, style: measurement.style)
        snapshot.answers = zip(plan.arrivals, answers).enumerated().compactMap { index, order in
            let (arrival, answer) = order
            return answer.status.map {
                .init(
                    userID: users[arrival.user], key: "order-\(index)", status: $0, orderID: answer.orderID)
            }
        }
        measurement.violations = snapshot.broken(isAtRest: measurement.isSettled)
        measurement.succeeded = snapshot.orders.count { $0.status == .succeeded }
        measurement.failed = snapshot.orders.count { $0.status == .failed }
        let told = Dictionary(snapshot.pushEvents.map { ($0.orderID, $0.createdAt) }) { first, _ in first }
        measurement.samples = zip(plan.arrivals, answers).map { arrival, answer in
            var outcome = answer.orderID.flatMap { told[$0] }.map { $0.seconds(since: start) - arrival.seconds }
            // The answer may tell the outcome before the push event does.
            if answer.status == 200 || answer.status == 422 { outcome = answer.seconds }
            return .init(
                arrival: arrival, status: answer.status, response: answer.seconds, outcome: outcome.map { max(0, $0) })
        }
        measurement.gatewayState = try await stores.databases[.gateway]?.read(Self.mostOpenRequests) ?? 0
        measurement.copies =
            try await stores.databases[.notification]?.read { connection in
                try connection.query("SELECT COUNT(*) AS count FROM profiles")[0].number("count")
            } ?? 0
    }

    /// The maximum number of client requests that were open at the same time.
    private static func mostOpenRequests(_ connection: any SQLConnection) throws -> Int {
        var changes: [(at: Int64, by: Int)] = []
        for row in try connection.query("SELECT created_at, answered_at FROM requests WHERE kind = 'order'") {
            changes.append((try row.integer("created_at"), 1))
            if let answered = try row.optionalInteger("answered_at") { changes.append((answered, -1)) }
        }
        var (open, most) = (0, 0)
        for change in changes.sorted(by: { ($0.at, $0.by) < ($1.at, $1.by) }) {
            open += change.by
            most = max(most, open)
        }
        return most
    }
}

/// Why nothing could be measured.
package enum ComparisonError: Error, Hashable, Sendable {
    /// The users and their money could not be set up.
    case notPrepared(String)
}
