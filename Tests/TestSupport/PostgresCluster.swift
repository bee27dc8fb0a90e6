import Foundation

/// The temporary PostgreSQL cluster of a test run, started by the first test that needs it.
///
/// `scripts/postgres-cluster` supervises it and stops it when this process ends for any reason.
package actor PostgresCluster {
    private static let starting = Task {
        let cluster = try await PostgresCluster()
        // Its data is discarded with the machine, and only its processes crash.
        for setting in ["fsync", "full_page_writes", "synchronous_commit", "autovacuum"] {
            try await cluster.run("ALTER SYSTEM SET \(setting) = off")
        }
        try await cluster.run("SELECT pg_reload_conf()")
        return cluster
    }

    /// The shared cluster.
    /// - Throws: an error that names the package to install when PostgreSQL is missing.
    package static var shared: PostgresCluster {
        get async throws { try await starting.value }
    }

    /// A connection string for its superuser, over a socket that requires no password.
    package nonisolated let address: String
    /// The path of that socket.
    package nonisolated let socket: String
    /// Its port on 127.0.0.1, which requires a password.
    package nonisolated let port: UInt16
    private let supervisor: SupervisedServer

    /// A separate cluster for one test, which may kill or freeze it.
    /// - Parameter primary: the cluster to follow as its standby.
    package init(following primary: PostgresCluster? = nil) async throws {
        supervisor = try await SupervisedServer("postgres-cluster", primary.map { ["--follow", $0.address] } ?? [])
        address = supervisor.greeting
        port = UInt16(Self.parameter("port", of: address)) ?? 0
        socket = "\(Self.parameter("host", of: address))/.s.PGSQL.\(port)"
    }

    private static func parameter(_ name: String, of address: String) -> Substring {
        address.split { "?&".contains($0) }.first { $0.hasPrefix("\(name)=") }?.dropFirst(name.count + 1) ?? ""
    }

    /// Promotes a standby to primary.
    package func promote() async throws { _ = try await supervisor.command("promote") }

    /// Encrypts new connections to its port.
    package func encrypt(certificate: String, key: String) async throws {
        _ = try await supervisor.command("tls \(certificate) \(key)")
    }

    /// Kills the server and its backends immediately, like a crash.
    package func kill() async throws { _ = try await supervisor.command("kill") }

    /// Starts the server again on the same data.
    package func start() async throws { _ = try await supervisor.command("start") }

    /// Shuts the server down.
    package func stop() async throws { _ = try await supervisor.command("stop") }

    /// Suspends its processes, which keep their connections.
    package func freeze() async throws { _ = try await supervisor.command("freeze") }

    package func thaw() async throws { _ = try await supervisor.command("thaw") }

    /// Runs one statement outside a transaction.
    package func run(_ statement: String) async throws { _ = try await supervisor.command("sql \(statement)") }

    /// The address of another database in the cluster.
    package nonisolated func address(of database: String) -> String {
        address.replacing("/postgres?", with: "/\(database)?")
    }
}
