import Glibc
import JSONKit
import MessagingKit
import OrderingCore
import QueueKit
import SQLKit
import Synchronization
import TestSupport
import Testing
import WorldKit

@testable import Ordering

extension RuntimeTests {
    /// A broker that is away, does not let one in, or lies: nothing is lost, and everything goes on by itself.
    @Suite struct Faults {
        /// What a runtime has reported.
        final class Reports: Sendable {
            private let changes = ChangeSignal()
            private let state = Mutex((codes: [BrokerError.Code](), texts: [String](), subscribed: 0))

            var codes: [BrokerError.Code] { state.withLock { $0.codes } }
            var texts: [String] { state.withLock { $0.texts } }
            var subscribed: Int { state.withLock { $0.subscribed } }

            var options: OrderingRuntime.Options {
                var options = OrderingRuntime.Options()
                options.report = { event in self.take(event) }
                return options
            }

            private func take(_ event: OrderingRuntime.Event) {
                state.withLock { state in
                    switch event {
                    case .brokerFailed(let error), .receiver(_, .failed(let error)):
                        if let error = error as? BrokerError { state.codes.append(error.code) }
                        state.texts.append("\(error)")
                    case .receiver(_, .subscribed): state.subscribed += 1
                    case .relay(_, let pass): state.texts.append(pass.failure ?? "")
                    default: break
                    }
                }
                changes.notify()
            }

            func wait(until isDone: (Reports) -> Bool) async { await changes.wait { isDone(self) } }
        }

        private static func shop(
            _ style: StyleName = .hybrid, _ rabbitMQ: RabbitMQOptions, _ reports: Reports = Reports()
        ) async throws -> RunningShop {
            try await RunningShop(style, rabbitMQ: rabbitMQ, options: reports.options)
        }

        @Test func `a broker that does not let one in ends the runtime with its code`() async throws {
            var wrong = try await RunningShop.rabbitMQ()
            wrong.password = "wr0ng"
            let node = try await RabbitMQNode.shared
            var stranger = try await RunningShop.rabbitMQ()
            let host = stranger.address.virtualHost
            (stranger.address.user, stranger.password) = ("nobody", "s3cret")
            try await node.control("add_user nobody s3cret")
            try await node.control("set_permissions -p \(host) nobody '^$' '^$' '^$'")
            for options in [wrong, stranger] {
                let shop = try await Self.shop(.hybrid, options)
                let error = await #expect(throws: BrokerError.self) { try await shop.runtime.run() }
                #expect(error?.code == .denied, "\(error?.message ?? "")")
                #expect(error?.message.contains(options.password) == false)
                await shop.stores.close()
            }
            try await node.control("delete_user nobody")
        }

        @Test func `a topology that differs ends the runtime and is named`() async throws {
            let options = try await RunningShop.rabbitMQ()
            let node = try await RabbitMQNode.shared
            // A classic queue where a quorum queue belongs.
            try await node.evaluate(
                """
                rabbit_amqqueue:declare(rabbit_misc:r(<<"\(options.address.virtualHost)">>, queue, \
                <<"ordering.billing">>), true, false, [], none, <<"guest">>).
                """)
            let shop = try await Self.shop(.hybrid, options)
            let error = await #expect(throws: BrokerError.self) { try await shop.runtime.run() }
            #expect(error?.code == .mismatch)
            #expect(error?.message.contains("ordering.billing") == true, "\(error?.message ?? "")")
            await shop.stores.close()
        }

        /// How a broker is away, and how it comes back.
        struct Absence: Sendable, CustomTestStringConvertible {
            var name: String
            var begin: @Sendable (RabbitMQNode) async throws -> Void
            var end: @Sendable (RabbitMQNode) async throws -> Void
            var testDescription: String { name }

            static let all = [
                Absence(name: "killed") {
                    try await $0.kill()
                } end: {
                    try await $0.start()
                },
                Absence(name: "frozen") {
                    try await $0.freeze()
                } end: {
                    try await $0.thaw()
                },
                Absence(name: "short of memory") {
                    try await $0.control("set_vm_memory_high_watermark 0.0001")
                } end: {
                    try await $0.control("set_vm_memory_high_watermark 0.4")
                },
            ]
        }

        @Test(arguments: Absence.all) func `hybrid takes orders without a broker, and finishes them with it`(
            _ absence: Absence
        ) async throws {
            let node = try await RabbitMQNode.shared
            var options = try await RunningShop.rabbitMQ()
            options.heartbeatSeconds = 1
            options.confirmTimeoutSeconds = 2
            options.connectTimeoutSeconds = 2
            options.settlingSeconds = 2
            let shop = try await Self.shop(.hybrid, options)
            try await shop.running { gateway in
                let userID = try await shop.customer("pavel@example.com", "25")
                // Once it is at rest, nothing is on its way to a broker that is killed.
                try await shop.comeToRest()
                try await absence.begin(node)
                var answers: [OrderingSnapshot.ClientAnswer] = []
                for number in 0..<3 {
                    let answer = try await gateway.buy("10", userID: userID, key: "k\(number)")
                    #expect(answer.status == 202)
                    answers.append(answer.asClientAnswer(userID: userID, key: "k\(number)"))
                }
                try await absence.end(node)
                try await shop.comeToRest()
                #expect(try await gateway.account(userID: userID).fields[.balance]?.decimal == "5.00")
                return answers
            }
        }

        @Test func `a runtime that starts before its broker goes on once that is there`() async throws {
            let options = try await RunningShop.rabbitMQ()
            let node = try await RabbitMQNode.shared
            try await node.kill()
            let reports = Reports()
            let shop = try await Self.shop(.hybrid, options, reports)
            try await shop.running { gateway in
                await reports.wait { $0.codes.contains(.unreachable) }
                try await node.start()
                let userID = try await shop.customer("pavel@example.com", "10")
                let answer = try await gateway.buy("10", userID: userID, key: "k")
                return [answer.asClientAnswer(userID: userID, key: "k")]
            }
        }

        @Test func `a queue that vanishes is made again, and refilled from the outbox`() async throws {
            let options = try await RunningShop.rabbitMQ()
            let node = try await RabbitMQNode.shared
            let reports = Reports()
            let shop = try await Self.shop(.hybrid, options, reports)
            try await shop.running { gateway in
                let userID = try await shop.customer("pavel@example.com", "10")
                let answer = try await gateway.buy("10", userID: userID, key: "k")
                try await shop.comeToRest()
                let before = reports.subscribed
                try await node.control("delete_queue -p \(options.address.virtualHost) ordering.notification")
                await reports.wait { $0.subscribed > before }
                #expect(reports.codes.contains(.canceled))
                #expect(reports.texts.contains { $0.contains("ordering.notification") })
                let desk = MessageDesk(shop.runtime.style, shop.stores.databases, RunningShop.world)
                var filter = OutboxFilter()
                filter.types = ["Order/OrderSucceeded"]
                #expect(try await desk.resend(try await desk.outbox(filter)) == 1)
                return [answer.asClientAnswer(userID: userID, key: "k")]
            }
        }
    }
}
