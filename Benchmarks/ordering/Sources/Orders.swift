import Foundation
import Ordering
import OrderingCore

/// How many orders a second the whole system takes and finishes, and how long a client waits.
struct OrdersMeasurement {
    let arguments: Arguments

    /// As fast as `clients` can, each of which waits for its answer.
    func throughput() async throws {
        let machine = try await Machine(arguments)
        let work = Task { try await machine.runtime.run() }
        let users = try await machine.customers(arguments.number("users", 200))
        let (count, clients) = (arguments.number("count", 10_000), arguments.number("clients", 64))
        let before = machine.runtime.traffic.total
        let begin = clock.now
        let gateway = machine.runtime.gateway
        try await withThrowingDiscardingTaskGroup { group in
            for client in 0..<clients {
                group.addTask {
                    for number in stride(from: client, to: count, by: clients) {
                        let answer = try await gateway.order(
                            try Money(decimal: "10"), userID: users[number % users.count], key: "k\(number)")
                        guard [200, 202].contains(answer.status) else { throw Failure("\(answer)") }
                    }
                }
            }
        }
        let accepted = (clock.now - begin).seconds
        try await machine.comeToRest()
        let finished = (clock.now - begin).seconds
        let arrows = machine.runtime.traffic.total - before
        print("\(arguments.style.rawValue) accepted", Double(count) / accepted, "orders/s")
        print("\(arguments.style.rawValue) finished", Double(count) / finished, "orders/s")
        print(
            "\(arguments.style.rawValue) requests, publishes, deliveries an order: "
                + [arrows.requests, arrows.publishes, arrows.deliveries].map {
                    String(format: "%.2f", Double($0) / Double(count))
                }.joined(separator: " / "))
        work.cancel()
        try await work.value
        try await expectSound(machine)
    }

    /// Orders at a fixed rate, from the intended start of each.
    func latency() async throws {
        let machine = try await Machine(arguments)
        let work = Task { try await machine.runtime.run() }
        let users = try await machine.customers(arguments.number("users", 50))
        let (count, rate) = (arguments.number("count", 2_000), Double(arguments.number("rate", 100)))
        let gateway = machine.runtime.gateway
        let begin = clock.now + .milliseconds(100)
        let waits = try await withThrowingTaskGroup(of: Double.self) { group in
            for number in 0..<count {
                let start = begin + .seconds(Double(number) / rate)
                group.addTask {
                    try await Task.sleep(until: start, clock: clock)
                    let answer = try await gateway.order(
                        try Money(decimal: "10"), userID: users[number % users.count], key: "k\(number)")
                    guard [200, 202].contains(answer.status) else { throw Failure("\(answer)") }
                    return (clock.now - start).seconds * 1000
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for (name, share) in [("p50", 0.5), ("p99", 0.99), ("max", 1)] {
            print("\(arguments.style.rawValue) at \(Int(rate))/s, \(name)", waits.quantile(share), "ms")
        }
        try await machine.comeToRest()
        work.cancel()
        try await work.value
        try await expectSound(machine)
    }
}

/// Prints which invariants do not hold, at rest.
func expectSound(_ machine: Machine) async throws {
    let snapshot = try await OrderingSnapshot(of: machine.stores.databases, style: machine.stores.style.name)
    let broken = snapshot.broken(isAtRest: true)
    print("invariants\t\(broken.isEmpty ? "hold" : "\(broken.count) broken")\t\(snapshot.orders.count) orders")
    for one in broken.prefix(5) { print("  \(one)") }
    await machine.stores.close()
}
