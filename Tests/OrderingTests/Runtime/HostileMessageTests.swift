import JSONKit
import MessagingKit
import OrderingCore
import QueueKit
import SQLKit
import TestSupport
import Testing
import WorldKit

@testable import Ordering

extension RuntimeTests {
    /// What is in a service's queue and should not be.
    @Suite struct HostileMessages {
        struct Case: Sendable, CustomTestStringConvertible {
            var name: String
            /// Changes a message that would be right.
            var change: @Sendable (inout Message) -> Void
            /// What the refusal says.
            var reason: String
            /// Whether other services could handle it.
            var isForOthers = false
            var testDescription: String { name }
        }

        static let cases = [
            Case(name: "an unknown type", change: { $0.type = "Weird/Thing" }, reason: "unknown message type"),
            Case(
                name: "a type of another style", change: { $0.type = "Order/PaymentRequired" },
                reason: "is not a message of the style hybrid"),
            Case(
                name: "a type of another service",
                change: {
                    let fields = FieldSet().with(.orderID, "o").with(.userID, "u").with(.price, .leastPrice)
                        .with(.reason, .notEnoughMoney)
                    $0.type = "Order/OrderFailed"
                    $0.body = (try? encoded(.orderFailed, fields, .hybrid)) ?? []
                },
                reason: "billing does not receive Order/OrderFailed", isForOthers: true),
            Case(
                name: "an unknown schema version", change: { $0.schemaVersion = 99 },
                reason: "unknown schema version 99"),
            Case(name: "no JSON", change: { $0.body = Array("{".utf8) }, reason: "Billing/CreatePayment: "),
            Case(name: "a field missing", change: { $0.body = Array("{}".utf8) }, reason: "Billing/CreatePayment: "),
            Case(
                name: "a negative amount",
                change: {
                    $0.body = Array(#"{"paymentId":"p","orderId":"o","userId":"u","amount":-5}"#.utf8)
                }, reason: "Billing/CreatePayment: "),
            Case(name: "no UTF-8", change: { $0.body = [0xFF, 0xFE] }, reason: "the body is not UTF-8"),
            Case(
                name: "a body of a megabyte",
                change: { $0.body = Array(repeating: UInt8(ascii: " "), count: Message.maximumBodySize) },
                reason: "has a body of 1048576 bytes"),
            Case(
                name: "a correlation id with a control character", change: { $0.correlationID = "c\u{1B}[2J" },
                reason: "correlationId"),
        ]

        private static func encoded(
            _ type: MessageType, _ fields: FieldSet, _ style: StyleName
        ) throws -> [UInt8] {
            let form = try #require(Contract.entry(type, in: style)?.body)
            return try Contract.encode(fields.limited(to: form), as: type, in: style).0
        }

        @Test(arguments: cases, RunningShop.BrokerKind.allCases)
        func `it is stuck with its reason, and its neighbors go on`(
            _ hostile: Case, on kind: RunningShop.BrokerKind
        ) async throws {
            let shop = try await RunningShop(.hybrid, kind)
            try await shop.running { gateway in
                let userID = try await shop.customer("pavel@example.com", "10")
                let payment = Payment(
                    id: "p", orderID: "o", userID: userID, amount: .leastPrice, at: RunningShop.world.now())
                var message = try DeliveryTests.message(
                    .createPayment, payment.fields, .hybrid, at: RunningShop.world.now(), id: "hostile")
                message.key = userID
                hostile.change(&message)
                if hostile.isForOthers {
                    // A broker would bring it to those as well.
                    try await shop.runtime.node(.billing)?.stage([message])
                } else {
                    try await shop.deliver(message, to: .billing)
                }
                let answer = try await gateway.buy("10", userID: userID, key: "k")
                let stuck = try await shop.stuck(at: .billing)
                #expect(stuck.task.errorClass == "message_refused")
                #expect(stuck.task.errorMessage?.contains(hostile.reason) == true, "\(stuck.task.errorMessage ?? "")")
                #expect(stuck.id == "hostile")
                return [answer.asClientAnswer(userID: userID, key: "k")]
            }
        }

        @Test(arguments: [StyleName.events, .collaboration])
        func `a forged correlation id answers no client and changes no order`(_ style: StyleName) async throws {
            let shop = try await RunningShop(style)
            try await shop.running { gateway in
                let userID = try await shop.customer("pavel@example.com", "5")
                let answer = try await gateway.buy("10", userID: userID, key: "k")
                #expect(answer.status == 422)
                let row = try await shop.stores.databases[.gateway]?.read {
                    try $0.query("SELECT id FROM requests WHERE kind = 'order'").first?.text("id")
                }
                let fields = FieldSet().with(.orderID, "another").with(.userID, userID).with(.price, .leastPrice)
                let forged = Message(
                    id: "forged", type: "Order/OrderCreated", key: "another", correlationID: try #require(row),
                    time: RunningShop.world.now(), body: try Self.encoded(.orderCreated, fields, style))
                // To the gateway alone, which knows the correlation id.
                try await shop.runtime.node(.gateway)?.stage([forged])
                try await shop.changes.wait { try await shop.isHandled("forged", at: .gateway) }
                #expect(try await gateway.buy("10", userID: userID, key: "k") == answer)
                return [answer.asClientAnswer(userID: userID, key: "k")]
            }
        }

        @Test func `ten megabytes from another program are cut, refused and acknowledged`() async throws {
            let shop = try await RunningShop(.hybrid, .rabbitMQ)
            try await shop.running { gateway in
                let userID = try await shop.customer("pavel@example.com", "10")
                let node = try await RabbitMQNode.shared
                let host = try #require(shop.virtualHost)
                try await node.evaluate(
                    """
                    E = rabbit_misc:r(<<"\(host)">>, exchange, <<>>), \
                    rabbit_basic:publish(rabbit_basic:delivery(false, false, \
                    rabbit_basic:message(E, <<"ordering.billing">>, [], binary:copy(<<"x">>, 10485760)), undefined)).
                    """)
                let answer = try await gateway.buy("10", userID: userID, key: "k")
                let stuck = try await shop.stuck(at: .billing)
                #expect(stuck.task.errorClass == "message_refused")
                #expect((stuck.body?.utf8.count ?? 0) <= Inbox.keptBodySize)
                return [answer.asClientAnswer(userID: userID, key: "k")]
            }
        }
    }
}

extension RunningShop {
    /// Puts a message into the queue of a service, whatever it is bound to.
    func deliver(_ message: Message, to service: ServiceName) async throws {
        let queue = Style.queue(of: service)
        _ = try await broker.apply(
            Topology(exchange: Style.exchange, queues: [.init(name: queue, types: [message.type])]))
        let outcomes = await broker.publish([message], to: Style.exchange)
        #expect(outcomes == [.confirmed])
    }

    /// The first stuck task of a service, once there is one.
    func stuck(at service: ServiceName) async throws -> ServiceTask {
        let desk = MessageDesk(runtime.style, stores.databases, Self.world)
        var filter = TaskFilter()
        filter.states = [.stuck]
        var found: ServiceTask?
        try await changes.wait {
            found = try await desk.list(filter).first { $0.service == service }
            return found != nil
        }
        return try #require(found)
    }

    func isHandled(_ id: String, at service: ServiceName) async throws -> Bool {
        try await stores.databases[service]?.read { try Handled(connection: $0).contains(id) } ?? false
    }
}
