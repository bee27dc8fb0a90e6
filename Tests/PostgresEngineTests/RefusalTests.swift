import Foundation
import SQLKit
import TestSupport
import Testing

@testable import PostgresEngine

/// Refused connections, on a cluster with passwords and encryption.
@Suite(.serialized) struct RefusalTests {
    /// The cluster with its users; started once.
    private static let server = Task {
        let cluster = try await PostgresCluster()
        let certificates = try Certificates()
        let good = try certificates.server("DNS:localhost")
        try await cluster.encrypt(certificate: good.certificate, key: good.key)
        let statements = [
            "CREATE USER ann PASSWORD 's3cret'", "CREATE USER one PASSWORD 's3cret' CONNECTION LIMIT 1",
            "CREATE SCHEMA ann AUTHORIZATION ann", "CREATE SCHEMA one AUTHORIZATION one",
            "CREATE TABLE ann.hidden (x int)", "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0",
            "CREATE DATABASE closed ALLOW_CONNECTIONS false",
        ]
        for statement in statements { try await cluster.run(statement) }
        return (cluster: cluster, certificates: certificates)
    }

    struct Refusal: CustomTestStringConvertible, Sendable {
        var name: String
        var user = "ann"
        var host = "localhost"
        var database = "postgres"
        var parameters = ""
        var password: String? = "s3cret"
        var code: SQLError.Code?
        /// A part of the message.
        var says = ""
        var testDescription: String { name }
    }

    @Test(arguments: [
        Refusal(name: "nothing wrong"),
        Refusal(name: "a wrong password", password: "wr0ng", code: .denied, says: "password authentication failed"),
        Refusal(name: "no password", password: nil, code: .denied, says: "no password supplied"),
        Refusal(name: "an unknown user", user: "nobody", code: .denied, says: "password authentication failed"),
        Refusal(name: "an unknown database", database: "missing", code: .denied, says: "does not exist"),
        Refusal(name: "a database that takes no connections", database: "closed", code: .denied),
        Refusal(name: "another encoding", database: "latin", code: .unsupportedServer, says: "LATIN1"),
        Refusal(
            name: "a name without an address", host: "missing.invalid", code: .unreachable, says: "missing.invalid"),
        Refusal(name: "a port without a server", parameters: "port=1", code: .unreachable, says: "refused"),
        Refusal(name: "a folder without a server", parameters: "host=/nowhere", code: .unreachable),
    ])
    func `what a server refuses has a code`(refusal: Refusal) async throws {
        let cluster = try await Self.server.value.cluster
        let port = refusal.parameters.hasPrefix("port") ? "" : ":\(cluster.port)"
        let error = await Self.error {
            try await Notes.open(
                "postgres://\(refusal.user)@\(refusal.host)\(port)/\(refusal.database)?\(refusal.parameters)"
            ) { $0.password = refusal.password }
        }
        #expect(error?.code == refusal.code, "\(error?.message ?? "")")
        #expect(refusal.says.isEmpty || error?.message.contains(refusal.says) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("s3cret") != true)
        #expect(error?.message.contains("LOCATION") != true && error?.message.contains("\n") != true)
    }

    /// - Returns: the error; nil when the store opens, or when only a privilege is missing.
    private static func error(_ open: () async throws -> PostgresDatabase) async -> SQLError? {
        do {
            await (try await open()).close()
            return nil
        } catch let error as SQLError {
            // A user without the privilege to create schemas was admitted.
            return error.message.contains("permission denied for database") ? nil : error
        } catch {
            Issue.record("\(error)")
            return nil
        }
    }

    @Test func `a user without a right is denied`() async throws {
        let cluster = try await Self.server.value.cluster
        var options = try PostgresOptions(address: "postgres://ann@localhost:\(cluster.port)/postgres")
        options.password = "s3cret"
        options.schema = "ann-other"
        let error = await #expect(throws: SQLError.self) {
            try await PostgresDatabase.open(options, migrations: [Notes.migration])
        }
        #expect(error?.code == .denied)
        options.schema = "ann"
        // The schema contains a table of another program.
        let foreign = await #expect(throws: SQLError.self) {
            try await PostgresDatabase.open(options, migrations: [Notes.migration])
        }
        #expect(foreign?.code == .foreignDatabase)
    }

    @Test func `a user whose connections are used up is told that the store is busy`() async throws {
        let cluster = try await Self.server.value.cluster
        var options = try PostgresOptions(address: "postgres://one@localhost:\(cluster.port)/postgres")
        options.password = "s3cret"
        options.schema = "one"
        let database = try await PostgresDatabase.open(options, migrations: [])
        let error = await #expect(throws: SQLError.self) { try await PostgresDatabase.open(options, migrations: []) }
        #expect(error?.code == .connectionLimit)
        await database.close()
    }

    @Test func `passwords come from libpq's password file`() async throws {
        let cluster = try await Self.server.value.cluster
        let directory = try TemporaryDirectory()
        for (password, code) in [("s3cret", nil), ("wr0ng", SQLError.Code.denied)] {
            let file = try directory.write(Array("localhost:*:*:ann:\(password)\n".utf8), as: "pgpass-\(password)")
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
            let error = await Self.error {
                try await Notes.open("postgres://ann@localhost:\(cluster.port)/postgres?passfile=\(file)")
            }
            #expect(error?.code == code, "\(error?.message ?? "")")
        }
    }

    struct Trust: CustomTestStringConvertible, Sendable {
        var name: String
        var certificate = "DNS:localhost"
        var isExpired = false
        var isKnown = true
        var mode = "verify-full"
        var host = "localhost"
        var code: SQLError.Code?
        /// The verified name; nil if none was verified.
        var verified: String?
        var testDescription: String { name }
    }

    @Test(arguments: [
        Trust(name: "a good certificate", verified: "localhost"),
        Trust(
            name: "a good certificate of an address", certificate: "IP:127.0.0.1", host: "127.0.0.1",
            verified: "127.0.0.1"),
        Trust(name: "another name", certificate: "DNS:example.org", code: .denied),
        Trust(name: "another name, which is not compared", certificate: "DNS:example.org", mode: "verify-ca"),
        Trust(name: "an address for a name", host: "127.0.0.1", code: .denied),
        Trust(name: "an expired certificate", isExpired: true, code: .denied),
        Trust(name: "an unknown authority", isKnown: false, code: .denied),
        Trust(name: "an unknown authority, with no name to compare", isKnown: false, mode: "require", code: .denied),
    ])
    func `a server is who its certificate says`(trust: Trust) async throws {
        let (cluster, certificates) = try await Self.server.value
        let pair = try certificates.server(trust.certificate, isExpired: trust.isExpired)
        try await cluster.encrypt(certificate: pair.certificate, key: pair.key)
        let root = (trust.isKnown ? certificates.authority : certificates.stranger).certificate
        var options = try PostgresOptions(
            address: "postgres://ann@\(trust.host):\(cluster.port)/postgres?sslmode=\(trust.mode)&sslrootcert=\(root)")
        options.password = "s3cret"
        options.schema = "nothing"
        do {
            let database = try await PostgresDatabase.open(options, migrations: [])
            let state = try await database.state()
            #expect(trust.code == nil)
            #expect(state.encryption?.version.hasPrefix("TLSv1") == true)
            #expect(state.encryption?.verifiedName == trust.verified)
            await database.close()
        } catch let error as SQLError {
            #expect(error.code == trust.code, "\(error.message)")
        }
    }

    @Test func `a server that is too old is refused`() async throws {
        let cluster = try await PostgresCluster.shared
        let proxy = try TCPProxy(to: cluster.socket)
        defer { proxy.close() }
        let address = "postgres://postgres@127.0.0.1:\(proxy.port)/postgres"
        let database = try await Notes.open(address)
        let major = try await database.state().serverVersion / 10_000
        await database.close()
        proxy.rewrite("server_version\0\(major)", as: "server_version\012")
        let error = await #expect(throws: SQLError.self) { try await Notes.open(address) }
        #expect(error?.code == .unsupportedServer)
        #expect(error?.message.contains("PostgreSQL 12") == true)
    }

    @Test func `a server without encryption is refused where it is asked for`() async throws {
        let cluster = try await PostgresCluster()
        let error = await #expect(throws: SQLError.self) {
            try await Notes.open("postgres://ann@localhost:\(cluster.port)/postgres?sslmode=require")
        }
        #expect(error?.code == .denied)
    }
}
