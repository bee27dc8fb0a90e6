import CommandLineKit
import DrawingKit
import HTTPKit
import LibraryKit
import MessagingKit
import Payments
import SigningKit

/// A shared library that a command requires: loaded before the command starts.
enum NeededLibrary: CaseIterable, Sendable {
    /// libcurl.
    case http
    /// libcrypto.
    case signing
    /// libqrencode.
    case codes
    /// librabbitmq.
    case rabbitMQ
    /// librabbitmq, where the broker is RabbitMQ.
    case broker
    /// librabbitmq, for a RabbitMQ broker that this process uses itself instead of asking a qrpay server.
    case localBroker

    /// Whether a command with these options uses it.
    func isNeeded(_ options: ParsedOptions, _ context: Context) -> Bool {
        guard self == .broker || self == .localBroker else { return true }
        // Settings that cannot be read are the command's to report.
        guard let configuration = try? Configuration(options, environment: context.environment) else { return false }
        let isRemote = self == .localBroker && OrderingUser.server(options, configuration) != nil
        return configuration.broker.address != nil && !isRemote
    }

    private func open() throws {
        switch self {
        case .http: _ = try CurlTransport.libraryVersion()
        case .signing: _ = try CryptoLibrary.version()
        case .codes: _ = try QRCode.libraryVersion()
        case .rabbitMQ, .broker, .localBroker: _ = try RabbitMQBroker.libraryVersion()
        }
    }

    /// - Throws: one ``Problem`` that names every missing library.
    static func open(_ libraries: [NeededLibrary]) throws {
        var missing: [SharedLibraryError] = []
        for library in libraries {
            do {
                try library.open()
            } catch let error as SharedLibraryError {
                missing.append(error)
            } catch DocumentError.libraryMissing(let error) {
                missing.append(error)
            }
        }
        if !missing.isEmpty { throw Problem(missing) }
    }
}

extension Problem {
    /// - Parameter missing: not empty.
    init(_ missing: [SharedLibraryError]) {
        guard !missing.contains(where: \.isLackOfDescriptors) else {
            self = .tooFewOpenFiles(OpenFiles.limitForCommand)
            return
        }
        var packages: [String] = []
        for package in missing.map(\.package) where !packages.contains(package) { packages.append(package) }
        self.init(
            .system, "library_missing", missing.map(\.description).joined(separator: "; "),
            hint: "apt-get install \(packages.joined(separator: " "))")
    }
}
