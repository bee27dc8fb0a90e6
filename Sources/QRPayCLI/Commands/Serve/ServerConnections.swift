import CommandLineKit
import HTTPKit
import Payments

/// How many connections a server takes: as many as asked for and as open files allow.
enum ServerConnections {
    static func options(default connections: Int) -> [OptionSpec] {
        [
            OptionSpec(
                name: "connections", value: "N", default: "\(connections)",
                summary: "Connections at once, as far as the limit of open files allows"),
            OptionSpec(
                name: "connections-per-address", value: "N",
                summary: "Connections at once from one address; three quarters of all unless given"),
        ]
    }

    /// - Throws: ``Problem`` `too_few_open_files`.
    static func limits(_ limits: HTTPServerLimits, _ options: ParsedOptions) throws -> HTTPServerLimits {
        var limits = limits
        let wanted = try options.integer("connections", in: 1...1_000_000) ?? limits.maximumConnections
        let perAddress = try options.integer("connections-per-address", in: 1...1_000_000)
        let shares = try OpenFiles.Shares(of: OpenFiles.raiseLimit(), wanted: wanted + limits.reservedConnections)
        limits.reservedConnections = min(limits.reservedConnections, shares.connections / 4)
        limits.maximumConnections = min(wanted, shares.connections - limits.reservedConnections)
        limits.maximumConnectionsPerAddress = min(
            perAddress ?? max(1, limits.maximumConnections * 3 / 4), limits.maximumConnections)
        return limits
    }
}

extension Problem {
    /// Why a server does not begin: it could not ask its partners.
    init(preparing error: HTTPTransportError) {
        self.init(.system, "partners_unreachable", "no partner could be asked: \(error.message)")
    }
}
