import Foundation
import MessagingKit
import Ordering
import OrderingCore
import QueueKit
import SQLKit
import SigningKit
import WorldKit

/// The command line of a measurement: `NAME FOLDER [--option value …]`.
struct Arguments {
    let name: String
    let folder: String
    fileprivate(set) var options: [String: String] = [:]

    init?(_ words: [String]) {
        guard words.count >= 3, words.count % 2 == 1 else { return nil }
        (name, folder) = (words[1], words[2])
        for place in stride(from: 3, to: words.count, by: 2) {
            options[String(words[place].drop { $0 == "-" })] = words[place + 1]
        }
    }

    func text(_ name: String, _ fallback: String) -> String { options[name] ?? fallback }
    func number(_ name: String, _ fallback: Int) -> Int { options[name].flatMap { Int($0) } ?? fallback }
    var style: StyleName { StyleName(rawValue: text("style", "hybrid")) ?? .hybrid }
    var broker: String { text("broker", "embedded") }

    func with(broker: String? = nil, style: StyleName? = nil) -> Arguments {
        var arguments = self
        if let broker { arguments.options["broker"] = broker }
        if let style { arguments.options["style"] = style.rawValue }
        return arguments
    }

    /// Of the RabbitMQ node of the run, with all rights.
    func rabbitMQ(windowBytes: Int? = nil) throws -> RabbitMQOptions {
        var options = RabbitMQOptions(
            address: try AMQPAddress(broker), password: "guest",
            maximumUnconfirmedBytes: windowBytes ?? number("window", 64 << 10))
        options.heartbeatSeconds = 2
        return options
    }
}

/// Services at work on stores in a folder.
struct Machine {
    let stores: OrderingStores
    let runtime: OrderingRuntime

    init(
        _ arguments: Arguments, services: Set<ServiceName> = Set(ServiceName.allCases), holder: String = "machine",
        remote: (any ServiceTransport)? = nil,
        report: @escaping @Sendable (OrderingRuntime.Event) async -> Void = { _ in }
    ) async throws {
        stores = try await OrderingStores.open(
            folder: arguments.folder, services: services, style: arguments.style,
            hasBroker: arguments.broker == "embedded")
        // A holder is named after its process, or belongs to this one.
        let processes = Processes(own: holder) { name in
            name.split(separator: "-").first.flatMap { pid_t($0) }.map { kill($0, 0) == 0 } ?? true
        }
        let broker: any Broker =
            if let database = stores.broker {
                EmbeddedBroker(database, .live, processes)
            } else {
                RabbitMQBroker(try arguments.rabbitMQ())
            }
        var options = OrderingRuntime.Options()
        options.report = report
        options.concurrency = arguments.number("concurrency", options.concurrency)
        runtime = OrderingRuntime(
            stores.style, services: services, databases: stores.databases, broker: broker, world: .live,
            processes: processes, keys: Self.keys, remote: remote, options: options)
    }

    static let keys = PasswordKeys(
        secret: Array(repeating: 7, count: 32), scrypt: Scrypt(cost: 2, blockSize: 1, parallelism: 1))

    /// Registers users with money for every order.
    func customers(_ count: Int) async throws -> [String] {
        var users: [String] = []
        for number in 0..<count {
            let answer = try await runtime.gateway.register(
                .init(email: "user\(number)@example.com", password: "correct horse"))
            guard let userID = answer.fields[.userID] else { throw Failure("registration: \(answer)") }
            users.append(userID)
        }
        for userID in users {
            while try await runtime.gateway.account(userID: userID).status != 200 {
                try await Task.sleep(for: .milliseconds(5))
            }
            let answer = try await runtime.gateway.deposit(try Money(decimal: "1000000"), userID: userID)
            guard answer.status == 200 else { throw Failure("deposit: \(answer)") }
        }
        return users
    }

    /// Waits until no order is pending and all were told of.
    func comeToRest() async throws {
        while true {
            let left = try await left()
            if left == 0 { return }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// How much is still to be done.
    func left() async throws -> Int {
        var left = 0
        for (service, database) in stores.databases {
            left += try await database.read { connection in
                var queries = [
                    "SELECT COUNT(*) AS count FROM tasks WHERE state IN ('ready', 'running', 'waiting')",
                    "SELECT COUNT(*) AS count FROM outbox WHERE state IN ('unsent', 'waiting', 'parked')",
                ]
                if service == .order { queries.append("SELECT COUNT(*) AS count FROM orders WHERE status = 'pending'") }
                return try queries.reduce(0) { try $0 + connection.query($1)[0].number("count") }
            }
        }
        return left
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Prints one figure as a line of tab-separated words.
func print(_ name: String, _ figure: Double, _ unit: String) {
    print("\(name)\t\(String(format: "%.1f", figure))\t\(unit)")
}

extension [Double] {
    /// The value below which this share of the values is.
    func quantile(_ share: Double) -> Double {
        let sorted = sorted()
        guard !sorted.isEmpty else { return .nan }
        return sorted[Swift.min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
}

let clock = ContinuousClock()

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
