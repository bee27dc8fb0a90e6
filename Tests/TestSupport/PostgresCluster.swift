import Foundation

/// The throwaway PostgreSQL cluster of a test run, started by the first test that asks for it.
///
/// `scripts/postgres-cluster` supervises it, and ends it with this process, however this process ends.
package actor PostgresCluster {
    private static let starting = Task {
        let cluster = try await PostgresCluster()
        // It is gone with its machine; only processes of it crash.
        for setting in ["fsync", "full_page_writes", "synchronous_commit", "autovacuum"] {
            try await cluster.run("ALTER SYSTEM SET \(setting) = off")
        }
        try await cluster.run("SELECT pg_reload_conf()")
        return cluster
    }

    /// The cluster.
    /// - Throws: what to install, when PostgreSQL is missing.
    package static var shared: PostgresCluster {
        get async throws { try await starting.value }
    }

    /// A connection string of its superuser, over a socket that asks for no password.
    package nonisolated let address: String
    /// The file of that socket.
    package nonisolated let socket: String
    /// Where it listens on 127.0.0.1, and asks for a password.
    package nonisolated let port: UInt16
    private let supervisor: SupervisedServer

    /// A cluster of a test's own, to be killed and frozen.
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

    /// Makes a standby the primary.
    package func promote() async throws { _ = try await supervisor.command("promote") }

    /// Encrypts the connections to its port that begin from now on.
    package func encrypt(certificate: String, key: String) async throws {
        _ = try await supervisor.command("tls \(certificate) \(key)")
    }

    /// Ends the server and its backends at once, as a crash does.
    package func kill() async throws { _ = try await supervisor.command("kill") }

    /// Starts it again, on the same data.
    package func start() async throws { _ = try await supervisor.command("start") }

    /// Shuts it down.
    package func stop() async throws { _ = try await supervisor.command("stop") }

    /// Stops its processes, which keep their connections.
    package func freeze() async throws { _ = try await supervisor.command("freeze") }

    package func thaw() async throws { _ = try await supervisor.command("thaw") }

    /// Runs one statement outside of transactions.
    package func run(_ statement: String) async throws { _ = try await supervisor.command("sql \(statement)") }

    /// The address of another database of the cluster.
    package nonisolated func address(of database: String) -> String {
        address.replacing("/postgres?", with: "/\(database)?")
    }
}
