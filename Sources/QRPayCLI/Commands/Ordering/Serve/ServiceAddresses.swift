import FoundationEssentials
import Glibc
import Ordering
import OrderingCore
import Payments

/// How the processes of an installation find each other: each writes the address of its services into the folder of the
/// stores, `billing.address`, once it accepts connections. A setting replaces the file where services run on other
/// machines.
struct ServiceAddresses: Sendable {
    /// Nil on a server, where addresses come only from settings.
    private let folder: String?
    private let given: [ServiceName: String]

    init(place: OrderingPlace, given: [ServiceName: String]) {
        folder = if case .folder(let path) = place { path } else { nil }
        self.given = given
    }

    /// Nil while it is not known.
    func url(of service: ServiceName) -> String? {
        if let url = given[service] { return url }
        guard let path = path(of: service) else { return nil }
        let text = try? LocalFile.readText(path, maximumBytes: 1024, what: "the address of a service")
        let address = text?.trimmingSuffix { $0.isWhitespace }
        return address.map(String.init).flatMap { $0.hasPrefix("http://") ? $0 : nil }
    }

    func write(_ url: String, for services: some Sequence<ServiceName>) throws {
        for path in services.compactMap(path) { try LocalFile.write(Array("\(url)\n".utf8), to: path, mode: 0o600) }
    }

    /// Removes what this process has written, unless another has taken its place.
    func remove(_ url: String, for services: some Sequence<ServiceName>) {
        for service in services where self.url(of: service) == url { path(of: service).map { _ = unlink($0) } }
    }

    private func path(of service: ServiceName) -> String? { folder.map { "\($0)/\(service.rawValue).address" } }
}

extension String {
    fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> Substring {
        var rest = self[...]
        while let last = rest.last, isTrimmed(last) { rest = rest.dropLast() }
        return rest
    }
}
