import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import QueueKit
import TestSupport
import Testing
import WorldKit

/// Two hosts do the same thing concurrently on one store: both have begun and read before either of them writes.
@Suite(.everyEngine) struct RaceTests {
    struct Race: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Prepares the store, runs both hosts, and checks the result.
        var run: @Sendable (Hosts) async throws -> Void

        init(_ name: String, _ run: @escaping @Sendable (Hosts) async throws -> Void) {
            (testDescription, self.run) = (name, run)
        }
    }

    /// One store, with a fixture for preparing and checking, and two concurrent hosts.
    struct Hosts: Sendable {
        let fixture: PaymentFixture
        let hosts: [Services]

        init() async throws {
            let store = try await TestStore(Schema.migrations)
            fixture = try await PaymentFixture(database: try await store.open())
            let overlap = Overlap()
            var hosts: [Services] = []
            for _ in 0..<2 {
                var host = fixture.services
                host.store = Store(overlap.session(try await store.open()))
                hosts.append(host)
            }
            self.hosts = hosts
        }

        /// - Returns: the result of each host.
        func both<Value: Sendable>(
            _ body: @escaping @Sendable (Services, _ number: Int) async throws -> Value
        ) async -> Ends<Value> {
            await withTaskGroup(of: Result<Value, any Error>.self) { group in
                for (number, host) in hosts.enumerated() {
                    group.addTask {
                        do { return .success(try await body(host, number)) } catch { return .failure(error) }
                    }
                }
                return await group.reduce(into: Ends()) { ends, result in
                    switch result {
                    case .success(let value): ends.succeeded.append(value)
                    case .failure(let error): ends.failures.append(error)
                    }
                }
            }
        }
    }

    static let races: [Race] = [
        Race("two refunds of all that was captured") { (hosts: Hosts) async throws -> Void in
            let orderID = try await hosts.fixture.paidOrder()
            let ends = await hosts.both { host, _ in
                try await Payments(host).refund(
                    Payments.RefundRequest(orderID: orderID, amount: rub(12_000), reason: "cold", isAgain: true),
                    actor: .support)
            }
            #expect(ends.succeeded.count == 1)
            #expect(ends.failures.allSatisfy { $0 is OrderError }, "\(ends.failures)")
            try await hosts.fixture.drain()
            #expect(try await hosts.fixture.order(orderID).refunded == rub(12_000))
        },
        Race("two users begin to pay one order") { (hosts: Hosts) async throws -> Void in
            let orderID = try await hosts.fixture.newOrder()
            let ends = await hosts.both { host, number in
                try await Payments(host).begin(
                    Payments.Request(
                        orderID: orderID, uid: ["anna", "boris"][number], paymentMethodID: Card.approve.rawValue,
                        billVersion: nil))
            }
            #expect(ends.succeeded.count == 1)
            #expect(ends.failures.allSatisfy { $0 is OrderError }, "\(ends.failures)")
            try await hosts.fixture.drain()
        },
        Race("one callback, delivered twice") { (hosts: Hosts) async throws -> Void in
            let trouble = Trouble(hosts.fixture.partners)
            let orderID = try await hosts.fixture.newOrder()
            try await hosts.fixture.begin(orderID)
            trouble.lost(Calls.hold)
            try await hosts.fixture.step([.paymentSettle])
            let callback = try #require(hosts.fixture.partners.takeCallbacks().first)
            let ends = await hosts.both { host, _ in
                try await Payments(host).apply(callback.operation, invoiceID: callback.invoiceID).effect
            }
            #expect(ends.failures.isEmpty, "\(ends.failures)")
            #expect(Set(ends.succeeded.map { "\($0)" }) == ["applied", "duplicate"])
            try await hosts.fixture.drain()
        },
        Race("the callbacks of two refunds") { (hosts: Hosts) async throws -> Void in
            let orderID = try await hosts.fixture.paidOrder()
            try await hosts.fixture.refund(orderID, 2_000)
            try await hosts.fixture.refund(orderID, 3_000)
            let trouble = Trouble(hosts.fixture.partners)
            for _ in 0..<2 { trouble.lost(Calls.refund) }
            try await hosts.fixture.settle()
            let callbacks = hosts.fixture.partners.takeCallbacks().filter { $0.operation.kind == .refund }
            try #require(callbacks.count == 2)
            let ends = await hosts.both { host, number in
                try await Payments(host).apply(
                    callbacks[number].operation, invoiceID: callbacks[number].invoiceID
                ).effect
            }
            #expect(ends.succeeded == [.applied, .applied], "\(ends)")
            #expect(try await hosts.fixture.order(orderID).refunded == rub(5_000))
        },
        Race("the same new bill twice") { (hosts: Hosts) async throws -> Void in
            let ends = await hosts.both { host, _ in try await Preorders(host).create(PaymentFixture.bill()) }
            #expect(ends.failures.isEmpty, "\(ends.failures)")
            #expect(ends.succeeded.count { $0.isNew } == 1)
            #expect(Set(ends.succeeded.map(\.order.orderID)).count == 1)
            let orders = try await hosts.fixture.store.read { try $0.orders.orders(OrderFilter()) }
            #expect(orders.count == 1)
        },
        Race("two versions of a bill") { (hosts: Hosts) async throws -> Void in
            let orderID = try await hosts.fixture.newOrder()
            let ends = await hosts.both { host, number in
                try await Preorders(host).create(PaymentFixture.bill("bill-1", ("Tea", Int64(1_000 + number))))
            }
            #expect(ends.failures.isEmpty, "\(ends.failures)")
            #expect(Set(ends.succeeded.map(\.order.billVersion)) == [2, 3])
            #expect(try await hosts.fixture.order(orderID).billVersion == 3)
        },
        Race("two rotations of a key") { (hosts: Hosts) async throws -> Void in
            _ = try await RestaurantKeys(hosts.fixture.services).issue(clientID: PaymentFixture.clientID)
            let ends = await hosts.both { host, _ in
                try await RestaurantKeys(host).rotate(clientID: PaymentFixture.clientID, endingFormer: false)
            }
            #expect(ends.failures.isEmpty, "\(ends.failures)")
            #expect(Set(ends.succeeded.map(\.valid)) == [[2, 1], [3, 2]])
        },
        Race("two first keys") { (hosts: Hosts) async throws -> Void in
            let ends = await hosts.both { host, _ in
                try await RestaurantKeys(host).issue(clientID: PaymentFixture.clientID)
            }
            #expect(ends.succeeded.map(\.valid) == [[1]])
            #expect(ends.failures.map { ($0 as? Problem)?.code } == ["key_exists"])
        },
        Race("two pauses of a kind") { (hosts: Hosts) async throws -> Void in
            let ends = await hosts.both { host, number in
                try await host.queue.pause(.receiptFetch, reason: "", actor: "\(number)").isNew
            }
            #expect(ends.failures.isEmpty, "\(ends.failures)")
            #expect(ends.succeeded.count { $0 } == 1)
            #expect(try await hosts.fixture.store.read { try $0.tasks.pauses(of: .receiptFetch) }.count == 1)
        },
        Race("the same cashback rule twice") { (hosts: Hosts) async throws -> Void in
            let ends = await hosts.both { host, _ in
                try await CashbackRules(host).add(.init(percent: try Percent("5")), clientID: PaymentFixture.clientID)
            }
            #expect(ends.failures.isEmpty, "\(ends.failures)")
            #expect(Set(ends.succeeded.map(\.rule.ruleID)).count == 1)
            let rules = try await CashbackRules(hosts.fixture.services).list(clientID: PaymentFixture.clientID)
            #expect(rules.count { $0.rule.percent.description == "5" } == 1)
        },
        Race("one restaurant added twice") { (hosts: Hosts) async throws -> Void in
            let ends = await hosts.both { host, _ in
                try await Restaurants(host).add(clientID: "cafe", name: "Cafe", zone: nil, cashback: nil)
            }
            #expect(!ends.succeeded.isEmpty && ends.failures.allSatisfy { $0 is Problem }, "\(ends)")
            #expect(
                try await Restaurants(hosts.fixture.services).list().count { $0.restaurant.clientID == "cafe" } == 1)
        },
        Race("one task, two workers") { (hosts: Hosts) async throws -> Void in
            let orderID = try await hosts.fixture.newOrder()
            try await hosts.fixture.begin(orderID)
            let ends = await hosts.both { host, number in
                try await PaymentFixture.worker("worker-\(number)", host, alive: ["worker-0", "worker-1"])
                    .runDue(kinds: [.paymentSettle])
            }
            #expect(ends.failures.isEmpty, "\(ends.failures)")
            #expect(ends.succeeded.map(\.count).sorted() == [0, 1])
            try await hosts.fixture.drain()
        },
        Race("one lost task, two rescuers") { (hosts: Hosts) async throws -> Void in
            let orderID = try await hosts.fixture.newOrder()
            try await hosts.fixture.begin(orderID)
            let claim = TaskRepository.Claim(kinds: [.paymentSettle], worker: "dead", leaseSeconds: 30)
            let now = hosts.fixture.clock.now
            let lost = try await hosts.fixture.store.write { try $0.tasks.claim(claim, at: now) }
            hosts.fixture.clock.advance(bySeconds: 31)
            let ends = await hosts.both { host, number in
                try await PaymentFixture.worker("worker-\(number)", host).runDue(kinds: [.paymentSettle])
            }
            #expect(ends.failures.isEmpty, "\(ends.failures)")
            #expect(ends.succeeded.map(\.count).sorted() == [0, 1])
            let attempts = try await hosts.fixture.services.queue.details(lost[0].taskID).attempts
            #expect(attempts.map(\.errorClass) == ["worker_lost"], "lost once")
            try await hosts.fixture.drain()
        },
        Race("one stuck task, requeued twice") { (hosts: Hosts) async throws -> Void in
            let orderID = try await hosts.fixture.newOrder()
            try await hosts.fixture.begin(orderID)
            let task = try #require(try await hosts.fixture.tasks(.paymentSettle).first)
            var filter = TaskFilter()
            filter.ids = [task.taskID]
            let chosen = filter
            let ends = await hosts.both { host, number in
                try await host.queue.change(TaskChangeRequest(.requeue, chosen, actor: "\(number)")).changed.count
            }
            #expect(ends.failures.isEmpty, "\(ends.failures)")
            // Each host may have read the task before or after the other changed it.
            #expect(
                try await hosts.fixture.services.queue.details(task.taskID).changes.count == ends.succeeded.reduce(0, +)
            )
            try await hosts.fixture.drain()
        },
    ]

    @Test(arguments: races) func `two hosts at once end as one after the other`(race: Race) async throws {
        let hosts = try await Hosts()
        try await race.run(hosts)
        try await hosts.fixture.check()
    }
}

/// The results of both hosts.
struct Ends<Value: Sendable>: Sendable {
    var succeeded: [Value] = []
    var failures: [any Error] = []
}
