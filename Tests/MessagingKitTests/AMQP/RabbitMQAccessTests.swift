import Foundation
import Glibc
import MessagingKit
import TestSupport
import Testing

extension RabbitMQTests {
    /// Brokers that cannot be reached, or do not let one in.
    @Suite struct Access {
        /// What every call of a broker that cannot be used says.
        private static func expect(
            _ code: BrokerError.Code, of broker: any Broker, _ test: BrokerUnderTest, without secret: String = "\0"
        ) async {
            for call in [
                { _ = try await broker.apply(test.topology) },
                { _ = try await broker.differences(from: test.topology) },
                { _ = try await broker.subscribe(to: test.left, prefetch: 1) },
            ] as [() async throws -> Void] {
                let error = await #expect(throws: BrokerError.self) { try await call() }
                #expect(error?.code == code, "\(error?.message ?? "")")
                #expect(error?.message.contains(secret) == false)
            }
            let outcomes = await broker.publish(BrokerUnderTest.messages(0..<2), to: test.exchange)
            #expect(outcomes.map(\.isUnknown) == [true, true], "they are to be sent again: \(outcomes)")
            #expect(!"\(outcomes)".contains(secret))
            await broker.close()
        }

        @Test func `a wrong password is denied and never shown`() async throws {
            let fixture = try await Fixture { $0.password = "wr0ng" }
            await Self.expect(.denied, of: fixture.test.broker, fixture.test, without: "wr0ng")
        }

        @Test func `a password with a NUL character is not cut`() async throws {
            let fixture = try await Fixture { $0.password = "guest\0x" }
            await Self.expect(.denied, of: fixture.test.broker, fixture.test)
        }

        @Test func `a virtual host that does not exist is denied`() async throws {
            let fixture = try await Fixture { $0.address.virtualHost = "nowhere" }
            await Self.expect(.denied, of: fixture.test.broker, fixture.test)
        }

        @Test func `a user without permissions is denied, and its messages are refused`() async throws {
            let fixture = try await Fixture()
            let test = fixture.test
            _ = try await test.broker.apply(test.topology)
            try await fixture.node.control("add_user stranger s3cret")
            try await fixture.node.control("set_permissions stranger '^$' '^$' '^$'")
            let stranger = RabbitMQBroker(
                RabbitMQOptions(
                    address: AMQPAddress(user: "stranger", host: fixture.address.host, port: fixture.address.port),
                    password: "s3cret"))
            #expect(await test.code { try await stranger.apply(test.topology) } == .denied)
            #expect(await test.code { try await stranger.subscribe(to: test.left, prefetch: 1) } == .denied)
            let outcomes = await stranger.publish(BrokerUnderTest.messages(0..<3), to: test.exchange)
            #expect(outcomes.map(\.isRefused) == [true, true, true])
            #expect("\(outcomes)".contains("ACCESS_REFUSED"))
            await stranger.close()
            try await fixture.node.control("delete_user stranger")
            #expect(try await test.contents(of: test.left, "Test/A").isEmpty)
            await test.broker.close()
        }

        @Test func `no broker is unreachable`() async throws {
            let listener = try Listener()
            let port = listener.port
            listener.end()
            let fixture = try await Fixture { $0.address.port = port }
            await Self.expect(.unreachable, of: fixture.test.broker, fixture.test)
        }

        @Test func `a port that never answers is unreachable when the time for it is up`() async throws {
            let listener = try Listener()
            let fixture = try await Fixture {
                $0.address.port = listener.port
                $0.connectTimeoutSeconds = 0.1
            }
            await Self.expect(.unreachable, of: fixture.test.broker, fixture.test)
            listener.end()
        }

        @Test(arguments: [
            "HTTP/1.1 400 Bad Request\r\n\r\n", "AMQP\u{0}\u{0}\u{9}\u{1}", "\u{1}\u{0}\u{0}\u{7f}\u{7f}\u{7f}\u{7f}",
        ])
        func `a server that is not a broker is unreachable`(greeting: String) async throws {
            let listener = try Listener()
            listener.greet(Array(greeting.utf8))
            let fixture = try await Fixture {
                $0.address.port = listener.port
                $0.connectTimeoutSeconds = 1
            }
            await Self.expect(.unreachable, of: fixture.test.broker, fixture.test)
            listener.end()
        }
    }

    /// A port on loopback that accepts connections.
    final class Listener: Sendable {
        let port: UInt16
        private let descriptor: Int32

        init() throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let descriptor = descriptor
            let status = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, size) + listen(descriptor, 100) + getsockname(descriptor, $0, &size)
                }
            }
            try #require(status == 0)
            port = UInt16(bigEndian: address.sin_port)
        }

        /// Sends these bytes to each that connects, until the end.
        func greet(_ bytes: [UInt8]) {
            let descriptor = descriptor
            Thread.detachNewThread {
                while true {
                    let connection = accept(descriptor, nil, nil)
                    guard connection >= 0 else { return }
                    _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
                    close(connection)
                }
            }
        }

        func end() {
            shutdown(descriptor, Int32(SHUT_RDWR))
            close(descriptor)
        }
    }
}
