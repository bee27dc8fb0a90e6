import Foundation
import MessagingKit
import Ordering
import OrderingCore
import QueueKit
import SQLKit
import Synchronization
import TestSupport

/// What happens to orders while something is down.
struct FaultMeasurement {
    let arguments: Arguments

    /// Reaches billing where it is, while it is there.
    private final class Billing: ServiceTransport {
        private let runtime = Mutex<OrderingRuntime?>(nil)

        func set(_ runtime: OrderingRuntime?) { self.runtime.withLock { $0 = runtime } }

        func send(_ request: ServiceRequest, from service: ServiceName) async throws -> ServiceAnswer {
            guard let runtime = runtime.withLock({ $0 }) else { throw ServiceUnreachable(.billing) }
            return try await runtime.answer(request)
        }
    }

    /// How far a load has come.
    private final class Progress: Sendable {
        private let state = Mutex((next: 0, answers: [Int: Int](), isOver: false))

        var isOver: Bool { state.withLock { $0.isOver } }
        var answers: [Int: Int] { state.withLock { $0.answers } }

        func next() -> Int {
            state.withLock { state in
                defer { state.next += 1 }
                return state.next
            }
        }

        func answered(_ status: Int) { state.withLock { $0.answers[status, default: 0] += 1 } }
        func end() { state.withLock { $0.isOver = true } }
    }

    /// Billing is down for ten seconds under a constant load.
    func outage() async throws {
        let billing = Billing()
        let others = try await Machine(
            arguments, services: Set(ServiceName.allCases).subtracting([.billing]), holder: "others", remote: billing)
        func startBilling(_ holder: String) async throws -> (machine: Machine, work: Task<Void, any Error>) {
            let machine = try await Machine(arguments, services: [.billing], holder: holder)
            billing.set(machine.runtime)
            return (machine, Task { try await machine.runtime.run() })
        }
        let work = Task { try await others.runtime.run() }
        var (machine, billingWork) = try await startBilling("first")
        let users = try await others.customers(50)
        let load = Task { try await self.load(others, users, seconds: 20) }
        try await Task.sleep(for: .seconds(5))
        billing.set(nil)
        billingWork.cancel()
        _ = try await billingWork.value
        await machine.stores.close()
        try await Task.sleep(for: .seconds(10))
        let waiting = try await Self.pending(others)
        (machine, billingWork) = try await startBilling("second")
        let back = clock.now
        while try await Self.pending(others) > 20 { try await Task.sleep(for: .milliseconds(5)) }
        print("\(arguments.style.rawValue): orders that waited for billing", Double(waiting), "orders")
        print("\(arguments.style.rawValue): caught up after", (clock.now - back).seconds, "s")
        let answers = try await load.value
        try await others.comeToRest()
        print("\(arguments.style.rawValue): answers \(answers.sorted { $0.key < $1.key }.map { "\($1) × \($0)" })")
        billingWork.cancel()
        work.cancel()
        _ = try await (billingWork.value, work.value)
        await machine.stores.close()
        try await expectWhole(answers.values.reduce(0, +))
    }

    /// The broker is killed ten times under a constant load.
    func kills() async throws {
        let node = try await RabbitMQNode.shared
        let arguments = self.arguments.with(broker: node.url)
        // When messages were received last.
        let received = Mutex(clock.now)
        let machine = try await Machine(arguments) { event in
            if case .receiver(_, .received) = event { received.withLock { $0 = clock.now } }
        }
        let work = Task { try await machine.runtime.run() }
        let users = try await machine.customers(50)
        let load = Task { try await self.load(machine, users, seconds: 120) }
        var waits: [Double] = []
        for _ in 0..<10 {
            try await Task.sleep(for: .seconds(.random(in: 1...3)))
            try await node.kill()
            try await node.start()
            let back = clock.now
            while received.withLock({ $0 }) < back { try await Task.sleep(for: .milliseconds(5)) }
            waits.append((clock.now - back).seconds)
        }
        print("broker killed, consuming again after, median", waits.quantile(0.5), "s")
        print("broker killed, consuming again after, max", waits.quantile(1), "s")
        load.cancel()
        let answers = try await load.value
        try await machine.comeToRest()
        print("answers \(answers.sorted { $0.key < $1.key }.map { "\($1) × \($0)" })")
        work.cancel()
        try await work.value
        await machine.stores.close()
        try await expectWhole(answers.values.reduce(0, +))
    }

    /// Each service but the gateway is a process of its own, and one is killed at random every now and then.
    func processes() async throws {
        let arguments = self.arguments.with(style: .collaboration)
        let count = arguments.number("count", 10_000)
        let machine = try await Machine(arguments, services: [.gateway], holder: Self.holder)
        let work = Task { try await machine.runtime.run() }
        let names: [ServiceName] = [.identity, .billing, .order, .notification]
        var children: [ServiceName: Process] = [:]
        for name in names { children[name] = try Self.start(name, arguments) }
        // The account is known when the deposit has been answered.
        var users: [String] = []
        for number in 0..<50 {
            let answer = try await machine.runtime.gateway.register(
                .init(email: "user\(number)@example.com", password: "correct horse"))
            guard let userID = answer.fields[.userID] else { throw Failure("registration: \(answer)") }
            let money = try Money(decimal: "1000000")
            for try_ in 0..<100 {
                if try await machine.runtime.gateway.deposit(money, userID: userID, key: "d\(try_)").status == 200 {
                    break
                }
                try await Task.sleep(for: .milliseconds(50))
            }
            users.append(userID)
        }
        let (begin, gateway, customers) = (clock.now, machine.runtime.gateway, users)
        let progress = Progress()
        let load = Task {
            try await withThrowingDiscardingTaskGroup { group in
                for _ in 0..<64 {
                    group.addTask {
                        while true {
                            let number = progress.next()
                            guard number < count else { return }
                            let answer = try await gateway.order(
                                try Money(decimal: "10"), userID: customers[number % customers.count], key: "k\(number)"
                            )
                            progress.answered(answer.status)
                        }
                    }
                }
            }
        }
        let ending = Task {
            defer { progress.end() }
            try await load.value
        }
        var kills = 0
        while !progress.isOver {
            try await Task.sleep(for: .milliseconds(.random(in: 100...700)))
            guard let name = names.randomElement(), let child = children[name] else { continue }
            kill(child.processIdentifier, SIGKILL)
            child.waitUntilExit()
            kills += 1
            children[name] = try Self.start(name, arguments)
        }
        try await ending.value
        print("orders\t\(count)\tkills\t\(kills)")
        print("answers \(progress.answers.sorted { $0.key < $1.key }.map { "\($1) × \($0)" })")
        work.cancel()
        try await work.value
        await machine.stores.close()
        // The rest is done by all services in one process, which takes over what the killed ones left.
        for child in children.values {
            child.terminate()
            child.waitUntilExit()
        }
        let rest = try await Machine(arguments, holder: Self.holder)
        let finishing = Task { try await rest.runtime.run() }
        try await rest.comeToRest()
        print("processes: all done after", (clock.now - begin).seconds, "s")
        finishing.cancel()
        try await finishing.value
        await rest.stores.close()
        try await expectWhole(count, style: .collaboration)
    }

    /// One service, until it is killed.
    func service() async throws {
        guard let name = ServiceName(rawValue: arguments.text("only", "")) else { throw Failure("--only SERVICE") }
        let machine = try await Machine(arguments, services: [name], holder: Self.holder)
        let work = Task { try await machine.runtime.run() }
        signal(SIGTERM, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGTERM)
        source.setEventHandler { work.cancel() }
        source.resume()
        try await work.value
        await machine.stores.close()
    }

    // MARK: Parts

    private static let holder = "\(getpid())-\(UInt64.random(in: 0 ... .max))"

    private static func start(_ name: ServiceName, _ arguments: Arguments) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = [
            "service", arguments.folder, "--only", name.rawValue, "--style", arguments.style.rawValue, "--broker",
            arguments.broker,
        ]
        try process.run()
        return process
    }

    private static func pending(_ machine: Machine) async throws -> Int {
        try await machine.stores.databases[.order]?.read {
            try $0.query("SELECT COUNT(*) AS count FROM orders WHERE status = 'pending'")[0].number("count")
        } ?? 0
    }

    /// Orders at a fixed rate until the time is over or the task is canceled.
    /// - Returns: how often each status was answered.
    private func load(_ machine: Machine, _ users: [String], seconds: Double) async throws -> [Int: Int] {
        let (gateway, rate) = (machine.runtime.gateway, 100.0)
        let begin = clock.now
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<Int(seconds * rate) {
                do { try await Task.sleep(until: begin + .seconds(Double(number) / rate), clock: clock) } catch {
                    break
                }
                group.addTask {
                    // Not a child of the load, so that an order that was begun is completed.
                    try await Task {
                        try await gateway.order(
                            try Money(decimal: "10"), userID: users[number % users.count], key: "k\(number)"
                        ).status
                    }.value
                }
            }
            return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
    }

    /// Opens the stores again and holds them against the invariants.
    private func expectWhole(_ count: Int, style: StyleName? = nil) async throws {
        let arguments = self.arguments.with(style: style ?? self.arguments.style)
        let stores = try await OrderingStores.open(folder: arguments.folder, style: nil)
        let snapshot = try await OrderingSnapshot(of: stores.databases, style: stores.style.name)
        await stores.close()
        let broken = snapshot.broken(isAtRest: true)
        let charges = snapshot.payments.count { $0.refusal == nil }
        print(
            "ordered \(count), orders \(snapshot.orders.count), charges \(charges), notifications "
                + "\(snapshot.notifications.count), push events \(snapshot.pushEvents.count)")
        print("lost\t\(count - snapshot.orders.count)")
        print("charged twice\t\(charges - snapshot.orders.count { $0.status == .succeeded })")
        print("notified twice\t\(snapshot.notifications.count - Set(snapshot.notifications.map(\.orderID)).count)")
        print("invariants\t\(broken.isEmpty ? "hold" : "\(broken.count) broken")")
        for one in broken.prefix(5) { print("  \(one)") }
    }
}
