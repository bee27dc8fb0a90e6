import HTTPKit
import PaymentAPI
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import SQLKit
import SQLiteEngine
import TestSupport
import Testing

/// Polls that wait for changes.
@Suite struct LongPollTests {
    @Test func `the restaurant is notified of a payment`() async throws {
        try await APIFixture.run { api async throws in
            let (link, other) = (try await api.order("1"), try await api.order("2"))
            let tag = try #require(try await api.list([other.orderID, link.orderID]).headers["X-Status-Tag"])
            async let told = api.list([other.orderID, link.orderID], wait: 60, seen: tag)
            try await api.untilPollsWait(1)
            _ = try await api.pay(link)
            let answer = try await told
            #expect(answer.statuses == ["WAITING", "PAYED"])
            #expect(answer.headers["X-Status-Tag"] != tag)
        }
    }

    @Test func `a change between two polls is reported immediately`() async throws {
        try await APIFixture.run { api async throws in
            let (link, other) = (try await api.order("1"), try await api.order("2"))
            let tag = try #require(try await api.list([link.orderID, other.orderID]).headers["X-Status-Tag"])
            _ = try await Orders(api.services).cancel(link.orderID, actor: .support, reason: "test")
            #expect(
                try await api.list([link.orderID, other.orderID], wait: 60, seen: tag).statuses == [
                    "CANCELED", "WAITING",
                ])
        }
    }

    @Test func `a final status is answered immediately`() async throws {
        try await APIFixture.run { api async throws in
            let link = try await api.order()
            _ = try await Orders(api.services).cancel(link.orderID, actor: .support, reason: "test")
            #expect(try await api.list([link.orderID, "none"], wait: 60).statuses == ["CANCELED", "NOT_FOUND"])
            let answer = try await api.send(
                "GET", "/4.0/payments/v1/orders?order_id=\(link.orderID)&wait=60", APIFixture.asUser())
            #expect(answer.json["status"] == "DECLINED")
        }
    }

    @Test func `the wait times out`() async throws {
        try await APIFixture.run { api async throws in
            let link = try await api.order()
            #expect(try await api.list([link.orderID], wait: 1).statuses == ["WAITING"])
        }
    }

    /// Another process writes to the same file.
    @Test func `changes of another process are seen`() async throws {
        let directory = try TemporaryDirectory()
        var setup = APIFixture.Setup()
        setup.storePath = directory.file("qrpay.db")
        setup.workers = 0
        try await APIFixture.run(setup) { api async throws in
            let link = try await api.order()
            var others = api.services
            let database = try await SQLiteDatabase.open(
                .file(path: directory.file("qrpay.db")), migrations: Schema.migrations)
            others.store = Store(database)
            async let told = api.list([link.orderID], wait: 60)
            async let guest = api.send(
                "GET", "/4.0/payments/v1/orders?order_id=\(link.orderID)&wait=60", APIFixture.asUser())
            try await api.untilPollsWait(2)
            _ = try await Orders(others).cancel(link.orderID, actor: .support, reason: "test")
            #expect(try await guest.json["status"] == "DECLINED")
            #expect(try await told.statuses == ["CANCELED"])
            await database.close()
        }
    }

    /// Every waiter is notified of its own order, regardless of other waiters and events.
    @Test func `many requests wait concurrently`() async throws {
        try await APIFixture.run { api async throws in
            var links: [Deeplink] = []
            for number in 0..<40 { links.append(try await api.order("i-\(number)")) }
            let statuses = try await withThrowingTaskGroup(of: String?.self) { [links] group in
                for link in links {
                    group.addTask {
                        try await api.send(
                            "GET", "/4.0/payments/v1/orders?order_id=\(link.orderID)&wait=60", APIFixture.asUser()
                        ).json["status"].text
                    }
                }
                group.addTask {
                    try await api.untilPollsWait(40)
                    for link in links.shuffled() {
                        _ = try await Orders(api.services).cancel(link.orderID, actor: .support, reason: "test")
                    }
                    return nil
                }
                return try await group.reduce(into: [String]()) { if let status = $1 { $0.append(status) } }
            }
            #expect(statuses == Array(repeating: "DECLINED", count: 40))
        }
    }

    @Test func `requests beyond the capacity do not wait`() async throws {
        try await APIFixture.run { api async throws in
            let link = try await api.order()
            let poll = StatusPoll(api.services, changes: OrderChanges(api.services, capacity: 0))
            let answer = try await poll.answer(orderID: link.orderID, uid: "1", seen: nil, waitSeconds: 60)
            #expect(answer.status == .waiting)
        }
    }

    @Test func `stopping answers all waiting requests`() async throws {
        try await APIFixture.run { api async throws in
            let link = try await api.order()
            async let waiting = api.list([link.orderID], wait: 60)
            try await api.untilPollsWait(1)
            await api.api.stop(graceSeconds: 30)
            #expect(try await waiting.statuses == ["WAITING"])
        }
    }
}
