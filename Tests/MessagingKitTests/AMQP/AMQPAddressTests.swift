import MessagingKit
import Testing

@Suite struct AMQPAddressTests {
    @Test(arguments: [
        ("amqp://localhost", AMQPAddress(host: "localhost"), "amqp://guest@localhost:5672/"),
        ("AMQP://localhost/", AMQPAddress(host: "localhost"), "amqp://guest@localhost:5672/"),
        (
            "amqp://shop@broker.example:5673/orders",
            AMQPAddress(user: "shop", host: "broker.example", port: 5673, virtualHost: "orders"),
            "amqp://shop@broker.example:5673/orders"
        ),
        (
            "amqp://a%40b@[::1]:1/%2Fx", AMQPAddress(user: "a@b", host: "::1", port: 1, virtualHost: "/x"),
            "amqp://a%40b@[::1]:1/%2Fx"
        ),
        ("amqp://127.0.0.1/%2F", AMQPAddress(host: "127.0.0.1"), "amqp://guest@127.0.0.1:5672/"),
    ])
    func `an address is read and shown`(url: String, address: AMQPAddress, shown: String) throws {
        #expect(try AMQPAddress(url) == address)
        #expect(address.description == shown)
    }

    @Test(
        arguments: [
            ("", .notAMQP), ("localhost:5672", .notAMQP), ("http://localhost", .notAMQP), ("amqp:localhost", .notAMQP),
            ("amqps://localhost", .encrypted), ("amqp://guest:secret@localhost", .password),
            ("amqp://guest:@localhost", .password), ("amqp://guest:se@cret@localhost", .password),
            ("amqp://@localhost", .user), ("amqp://%zz@localhost", .user), ("amqp://a%00b@localhost", .user),
            ("amqp://", .host), ("amqp:///vhost", .host), ("amqp://a b", .host), ("amqp://[x]/", .host),
            ("amqp://[::1/", .host), ("amqp://h:/", .port), ("amqp://h:0", .port), ("amqp://h:65536", .port),
            ("amqp://h:+1", .port), ("amqp://[::1]5672", .port), ("amqp://h/a/b", .virtualHost),
            ("amqp://h/%", .virtualHost), ("amqp://h/\(String(repeating: "v", count: 256))", .virtualHost),
            ("amqp://h/?heartbeat=1", .query), ("amqp://h/#x", .query),
        ] as [(String, AMQPAddressError)])
    func `what is no address is refused without being repeated`(url: String, error: AMQPAddressError) {
        #expect(throws: error) { try AMQPAddress(url) }
        #expect(!error.description.contains("secret") && !error.description.contains("cret@"))
    }

    @Test func `a password is not part of what options show`() throws {
        let options = RabbitMQOptions(address: AMQPAddress(host: "localhost"), password: "secret")
        var dumped = "\(options) \(String(reflecting: options))"
        dump(options, to: &dumped)
        #expect(!dumped.contains("secret") && dumped.contains("localhost"))
        #expect(RabbitMQBroker(options).name == "amqp://guest@localhost:5672/")
    }
}
