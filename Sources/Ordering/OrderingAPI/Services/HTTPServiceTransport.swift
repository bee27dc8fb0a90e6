package import HTTPKit
import JSONKit
package import Ordering
package import OrderingCore

/// Reaches the services of other processes over HTTP.
package struct HTTPServiceTransport: ServiceTransport {
    private let transport: any HTTPTransport
    private let key: String
    private let timeoutSeconds: Double
    private let address: @Sendable (ServiceName) -> String?
    private let report: @Sendable (ServiceName, String) -> Void

    /// - Parameters:
    ///   - timeoutSeconds: longer than the other process lets a request wait.
    ///   - address: the base URL of a service; nil while it is not known. Asked for each request, because a process
    ///     that was started anew may have another one.
    ///   - report: called with why a service could not be reached.
    package init(
        _ transport: any HTTPTransport, key: String, timeoutSeconds: Double,
        address: @escaping @Sendable (ServiceName) -> String?,
        report: @escaping @Sendable (ServiceName, String) -> Void = { _, _ in }
    ) {
        self.transport = transport
        self.key = key
        self.timeoutSeconds = timeoutSeconds
        self.address = address
        self.report = report
    }

    package func send(_ request: ServiceRequest, from service: ServiceName) async throws -> ServiceAnswer {
        let name = request.endpoint.service
        guard let url = address(name) else { throw unreachable(name, "its address is not known") }
        var http = ServiceWire.request(request, at: url, key: key)
        http.timeoutSeconds = timeoutSeconds
        let response: HTTPResponse
        do {
            response = try await transport.send(http)
        } catch let error as HTTPTransportError {
            try Task.checkCancellation()
            throw unreachable(name, error.message)
        }
        let answer: ServiceAnswer
        do {
            answer = try ServiceWire.answer(response, to: request.endpoint)
        } catch {
            throw unreachable(name, "it has sent no answer of a service (\(response.status)): \(error)")
        }
        guard answer.status != 401 || answer.code != ServiceServer.refusedKey else {
            throw unreachable(name, "it belongs to another installation: it does not accept the key")
        }
        return answer
    }

    private func unreachable(_ service: ServiceName, _ reason: String) -> ServiceUnreachable {
        report(service, reason)
        return ServiceUnreachable(service)
    }
}
