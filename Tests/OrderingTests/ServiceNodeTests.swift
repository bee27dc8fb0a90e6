import OrderingCore
import QueueKit
import SQLKit
import Synchronization
import TestSupport
import Testing
import WorldKit

@testable import Ordering

/// One service beside others that answer as a test decides.
@Suite(.everyEngine) struct ServiceNodeTests {
    /// The other services.
    private final class Others: ServiceTransport {
        private let answer = Mutex<Result<ServiceAnswer, any Error>>(.failure(ServiceUnreachable(.billing)))

        func set(_ new: Result<ServiceAnswer, any Error>) { answer.withLock { $0 = new } }

        func send(_ request: ServiceRequest, from service: ServiceName) async throws -> ServiceAnswer {
            try answer.withLock { $0 }.get()
        }
    }

    private let clock = Shop.Clock()
    private let others = Others()

    private func node(
        _ service: ServiceName, _ style: StyleName,
        committed: @escaping @Sendable (ServiceNode.Commit) -> Void = { _ in }
    ) async throws -> ServiceNode {
        ServiceNode(
            service, Style(style), try await TestStore.open(service.migrations), clock.world,
            others, committed: committed)
    }

    private var order: ServiceRequest {
        get throws {
            ServiceRequest(
                id: "r-1", endpoint: .createOrder,
                fields: FieldSet().with(.orderID, "o-1").with(.userID, "u-1").with(.price, try Money(decimal: "10")),
                correlationID: "r-1", time: clock.world.now())
        }
    }

    private func charge(at time: Instant) throws -> ServiceRequest {
        ServiceRequest(
            id: "p-1", endpoint: .createPayment,
            fields: FieldSet().with(.paymentID, "o-1:1").with(.orderID, "o-1").with(.userID, "u-1")
                .with(.amount, try Money(decimal: "10")),
            correlationID: "r-1", time: time)
    }

    private func tasks(_ node: ServiceNode) async throws -> [QueuedTask] { try await node.queue.list(TaskFilter()) }

    @Test func `a request that is asked again while it is pending wakes nobody`() async throws {
        let commits = Mutex(0)
        let node = try await node(.order, .http) { _ in commits.withLock { $0 += 1 } }
        #expect(try await node.answer(try order) == nil)
        for _ in 0..<10 { #expect(try await node.answer(try order) == nil) }
        #expect(commits.withLock { $0 } == 1)
    }

    @Test func `a request that has to ask another service asks once, and does not wake itself`() async throws {
        let commits = Mutex(0)
        let node = try await node(.notification, .http) { _ in commits.withLock { $0 += 1 } }
        let request = ServiceRequest(
            id: "n-1", endpoint: .createNotification, fields: try order.fields, correlationID: "r-1",
            time: clock.world.now())
        for _ in 0..<10 { #expect(try await node.answer(request) == nil) }
        #expect(commits.withLock { $0 } == 1)
        #expect(try await tasks(node).count == 1)
    }

    @Test(arguments: [-1200.0, 0, 1200]) func `a payment waits for its account from when billing learned of it`(
        ageSeconds: Double
    ) async throws {
        let node = try await node(.billing, .http)
        let request = try charge(at: clock.world.now().advanced(bySeconds: ageSeconds))
        for _ in 0..<2 {
            let answer = try await node.answer(request)
            #expect(answer?.status == 503 && answer?.code == "account_missing")
            clock.advance(bySeconds: 590)
        }
        if ageSeconds <= 0 { #expect(try await node.answer(request)?.status == 422) }
    }

    @Test func `a message that comes late waits for its account all the same`() async throws {
        let shop = try await Shop(.collaboration)
        let fields = try charge(at: shop.now).fields
        try await shop.system.node(.billing).stage([
            try DeliveryTests.message(
                .createPayment, fields, .collaboration, at: shop.now.advanced(bySeconds: -3600), id: "m")
        ])
        try await shop.system.settle()
        #expect(try await shop.rows("SELECT * FROM payments", at: .billing).isEmpty)
        let task = try #require(try await tasks(shop.system.node(.billing)).first)
        #expect(task.state == .scheduled)
    }

    /// A refusal that has lost its reason must not become a success.
    @Test func `an answer that is not in the contract settles nothing`() async throws {
        let node = try await node(.order, .http)
        #expect(try await node.answer(try order) == nil)
        others.set(.success(ServiceAnswer(422, try charge(at: clock.world.now()).fields)))
        _ = try await node.runDue([.call])
        let task = try #require(try await tasks(node).first)
        #expect(task.errorClass == "unexpected_answer" && task.state == .scheduled)
        #expect(try await node.answer(try order) == nil, "it is still pending")
    }

    @Test func `a service that is away for long is not a failure of the request`() async throws {
        let node = try await node(.order, .http)
        #expect(try await node.answer(try order) == nil)
        for _ in 0..<100 {
            _ = try await node.runDue([.call])
            clock.advance(bySeconds: 10)
        }
        others.set(.success(ServiceAnswer(500)))
        _ = try await node.runDue([.call])
        let task = try #require(try await tasks(node).first)
        #expect(task.state == .scheduled && task.errorClass == "unexpected_answer")
        #expect(task.attempts - task.polls == 1)
        clock.advance(bySeconds: 10)
        others.set(.success(ServiceAnswer(201, try charge(at: clock.world.now()).fields)))
        #expect(try await node.runDue([.call]) == 1)
    }

    @Test func `a message that ends its process again and again gets stuck`() async throws {
        let shop = try await Shop(.collaboration)
        let node = shop.system.node(.billing)
        try await node.stage([
            try DeliveryTests.message(
                .createPayment, try charge(at: shop.now).fields, .collaboration, at: shop.now, id: "m")
        ])
        // As after as many attempts whose process did not live to record them.
        try await shop.execute("UPDATE tasks SET attempts = 10", at: .billing)
        _ = try await node.runDue([.message])
        let task = try #require(try await tasks(node).first)
        #expect(task.state == .stuck && task.errorClass == "too_many_attempts")
    }
}
