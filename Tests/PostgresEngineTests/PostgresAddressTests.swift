import Testing

@testable import PostgresEngine

@Suite struct PostgresAddressTests {
    struct Reading: CustomTestStringConvertible, Sendable {
        var name: String
        var url: String
        var redacted: String
        var testDescription: String { name }

        init(_ name: String, _ url: String, _ redacted: String? = nil) {
            (self.name, self.url, self.redacted) = (name, url, redacted ?? url)
        }
    }

    private static let nothing: @Sendable (String) -> String? = { _ in nil }

    @Test(arguments: [
        Reading("all parts", "postgres://ann@db.example.org:5433/bills"),
        Reading("the other scheme", "postgresql://ann@db/bills", "postgres://ann@db/bills"),
        Reading("nothing but the scheme", "postgres://"),
        Reading("several hosts", "postgres://ann@one:5432,two:5433/bills"),
        Reading(
            "several hosts with one port", "postgres://one,two/bills?port=5433", "postgres://one:5433,two:5433/bills"),
        Reading("IPv6", "postgres://ann@[2001:db8::1]:5432/bills"),
        Reading("a socket", "postgres:///bills?host=/run/postgresql&port=5433"),
        Reading("a socket, escaped", "postgres://%2Frun%2Fpg/bills", "postgres:///bills?host=/run/pg"),
        Reading("parameters", "postgres://db/bills?sslmode=require&application_name=x", "postgres://db/bills"),
        Reading("an escaped name", "postgres://a%40b@db/b%2Fc"),
        Reading("a terminal's escape", "postgres://a%1B%5B2J@db/x", "postgres://a%1B%5B2J@db/x"),
        Reading("a bidirectional override", "postgres://db/%E2%80%AEx"),
    ])
    func `an address is shown without its parameters`(reading: Reading) throws {
        #expect(try PostgresAddress(reading.url, environment: Self.nothing).redacted == reading.redacted)
    }

    @Test(arguments: [
        "postgres://ann:s3cret@db/bills", "postgres://db/bills?password=s3cret",
        "postgres://ann@db/bills?sslmode=require&password=s3cret", "postgres://db/bills?sslkey=k&sslpassword=s3cret",
        "postgresql://ann:s3cret@one,two/bills", "postgres://ann:s3%63ret@db",
    ])
    func `a password in an address is refused and not repeated`(url: String) {
        let error = #expect(throws: PostgresAddressError.self) { try PostgresAddress(url, environment: Self.nothing) }
        #expect(error == .password)
        #expect(error?.message.contains("cret") == false)
    }

    @Test(arguments: [
        "", "bills.db", "mysql://db/bills", "POSTGRES://db", "postgres:/db", "host=db password=s3cret",
        "postgres://ann:s3cret/more@db/bills", "postgres://ann:12/s3cret@db/bills", "postgres://ann:s3%zzcret@db/bills",
        "postgres://ann:s3cret@[::1/bills", "postgres://db:s3cret/bills", "postgres://db:0/bills",
        "postgres://db:65536/bills", "postgres://db/bills?s3cret", "postgres://db/bills?a=b=s3cret",
        "postgres://db/bills?colour=s3cret", "postgres://one,two:1,three:2/b?port=1,2,s3cret",
        "postgres://a s3cret/b", "postgres://db/b?host=s3cret%0Ax", "postgres://db/b%00", "postgres://db\0s3cret/b",
        "postgres://db/b?target_session_attrs=standby", "postgres://db/b?target_session_attrs=s3cret",
        "postgres://one,two/b?hostaddr=10.0.0.1",
    ])
    func `a malformed address is refused and not repeated`(url: String) {
        let error = #expect(throws: PostgresAddressError.self, "\(url)") {
            try PostgresAddress(url, environment: Self.nothing)
        }
        guard case .malformed(let reason)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(!reason.isEmpty)
        #expect(!reason.contains("cret"), "\(reason)")
    }

    @Test func `hosts come from the environment where the address names none`() throws {
        func hosts(_ url: String, _ environment: [String: String]) throws -> [PostgresAddress.Host] {
            try PostgresAddress(url, environment: { environment[$0] }).hosts
        }
        let variables = ["PGHOST": "one,two", "PGPORT": "5433"]
        #expect(try hosts("postgres:///b", variables).map(\.name) == ["one", "two"])
        #expect(try hosts("postgres:///b", variables).map(\.port) == ["5433", "5433"])
        #expect(try hosts("postgres://three/b", variables).map(\.name) == ["three"])
        #expect(try hosts("postgres:///b?service=s", variables).map(\.name) == [nil])
        #expect(try hosts("postgres:///b", [:]).map(\.name) == [nil])
    }

    struct Protection: CustomTestStringConvertible, Sendable {
        var url: String
        var environment: [String: String] = [:]
        var files = ["/etc/ssl/certs/ca-certificates.crt"]
        /// The added parameters: sslmode and sslrootcert.
        var expected: [String?]
        var testDescription: String { "\(url) \(environment)" }
    }

    private static let system = "/etc/ssl/certs/ca-certificates.crt"

    @Test(arguments: [
        Protection(url: "postgres://db.example.org/b", expected: ["verify-full", system]),
        Protection(url: "postgres://10.0.0.1/b", expected: ["verify-full", system]),
        Protection(url: "postgres://127.example.org/b", expected: ["verify-full", system]),
        Protection(url: "postgres://127.0.0.1.example.org/b", expected: ["verify-full", system]),
        Protection(url: "postgres://localhost,db/b", expected: ["verify-full", system]),
        Protection(url: "postgres://localhost/b?hostaddr=10.0.0.1", expected: ["verify-full", system]),
        Protection(url: "postgres:///b?service=s", expected: ["verify-full", system]),
        Protection(url: "postgres:///b", environment: ["PGHOST": "db"], expected: ["verify-full", system]),
        Protection(url: "postgres://db/b", environment: ["PGSSLMODE": "require"], expected: [nil, nil]),
        Protection(url: "postgres://db/b", environment: ["PGSSLROOTCERT": "/r"], expected: ["verify-full", nil]),
        Protection(
            url: "postgres://db/b", environment: ["HOME": "/h"], files: ["/h/.postgresql/root.crt", system],
            expected: ["verify-full", nil]),
        Protection(
            url: "postgres://db/b", files: ["/etc/ssl/cert.pem"], expected: ["verify-full", "/etc/ssl/cert.pem"]),
        Protection(url: "postgres://db/b?sslmode=disable", expected: [nil, nil]),
        Protection(url: "postgres://db/b?sslmode=verify-ca", expected: [nil, system]),
        Protection(url: "postgres://localhost/b?sslmode=verify-full", expected: [nil, system]),
        Protection(url: "postgres://db/b?sslrootcert=/own", expected: ["verify-full", nil]),
        Protection(url: "postgres:///b", expected: [nil, nil]),
        Protection(url: "postgres:///b?host=/run/postgresql", expected: [nil, nil]),
        Protection(url: "postgres://localhost/b", expected: [nil, nil]),
        Protection(url: "postgres://127.1.2.3/b", expected: [nil, nil]),
        Protection(url: "postgres://[::1]/b", expected: [nil, nil]),
    ])
    func `a connection that leaves the host is encrypted and verified`(protection: Protection) throws {
        let address = try PostgresAddress(protection.url, environment: { protection.environment[$0] })
        let words = PostgresTLS(
            environment: { protection.environment[$0] }, exists: { protection.files.contains($0) }
        ).words(for: address)
        #expect([words["sslmode"], words["sslrootcert"]] == protection.expected)
    }
}
