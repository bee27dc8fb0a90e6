import PaymentCore
import PaymentSandbox
import Payments
import QueueKit

/// Guests who pay concurrently, measured from the start of each payment until its outcome is known. The partners run in
/// the same process and answer immediately.
struct PaymentMeasurement: Sendable {
    private let arguments: Arguments

    init(_ arguments: Arguments) { self.arguments = arguments }

    func run() async throws {
        let (count, users) = (arguments.number("count", 200), arguments.number("users", 8))
        let bench = try await Bench(arguments, connections: 8)
        let (services, restaurant) = (bench.services, "bistro-\(UInt32.random(in: 0 ... .max))")
        _ = try await Restaurants(services).add(
            clientID: restaurant, name: "Bistro", zone: nil, cashback: try Percent("30"))
        var orders: [String] = []
        // Created one after another, so that their rows are neighbors. The first few are paid before the measurement
        // starts.
        for number in 0..<count + users {
            let amount = Money(minorUnits: 12_000, currency: .rub)
            let bill = Bill(
                clientID: restaurant, internalOrderID: "bill-\(number)", amount: amount,
                lines: [BillLine(name: "Soup", amount: amount)])
            orders.append(try await Preorders(services).create(bill).order.orderID)
        }
        try await Self.pay(orders.suffix(users), users, services)
        _ = bench.writes.takeRetries()
        let rate = try await Self.pay(orders.prefix(count), users, services)
        let (writes, retries) = bench.writes.takeRetries()
        report(arguments.engine, "payments, users \(users)", rate)
        report(arguments.engine, "retries, % of \(count) payments", 100 * Double(retries) / Double(count))
        report(arguments.engine, "writes a payment", Double(writes) / Double(count))
        await bench.close()
    }

    @discardableResult
    private static func pay(_ orders: ArraySlice<String>, _ users: Int, _ services: Services) async throws -> Double {
        let orders = Array(orders)
        return try await perSecond(orders.count, clients: users) { number in
            let begun = try await Payments(services).begin(
                Payments.Request(
                    orderID: orders[number], uid: "user-\(number % users)", paymentMethodID: Card.approve.rawValue))
            let outcome = try await PaymentCompletion(services, processes: Bench.processes)
                .payment(begun, withinSeconds: 60)
            guard outcome.declined == nil else { throw Failure("declined: \(outcome)") }
        }
    }
}
