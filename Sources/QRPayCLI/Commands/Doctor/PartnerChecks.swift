import HTTPKit
import PaymentCore
import PaymentPartners
import Payments
import WorldKit

/// Whether the partners can be reached.
enum PartnerChecks {
    private static let timeoutSeconds = 2.0
    /// No receipt has this key.
    private static let absentKey = "qrpay-doctor/absent"

    /// - Returns: a finding for each partner, and by how many seconds the clocks of those who tell the time are ahead.
    static func findings(
        _ configuration: Configuration, _ context: Context
    ) async -> (findings: [DoctorFinding], skews: [Double]) {
        let transport = context.makeTransport()
        return await withTaskGroup(of: (Int, DoctorFinding, Double?).self) { group in
            for (index, partner) in Partner.allCases.enumerated() {
                group.addTask {
                    guard partner != .s3 else { return (index, await storage(configuration, context), nil) }
                    let (finding, skew) = await visit(partner, configuration, transport, context)
                    return (index, finding, skew)
                }
            }
            var results: [(Int, DoctorFinding, Double?)] = []
            for await result in group { results.append(result) }
            results.sort { $0.0 < $1.0 }
            return (results.map(\.1), results.compactMap(\.2))
        }
    }

    /// Any answer says that somebody is there; what the partner can do shows only in its own calls.
    private static func visit(
        _ partner: Partner, _ configuration: Configuration, _ transport: any HTTPTransport, _ context: Context
    ) async -> (DoctorFinding, skew: Double?) {
        let url = configuration.endpoint(partner).baseURL
        let place = Setting.redacted(url: url)
        do {
            let answer = try await transport.send(HTTPRequest(url: url, timeoutSeconds: timeoutSeconds))
            let skew = answer.headers["Date"].flatMap { HTTPDate.instant($0) }?.seconds(since: context.world.now())
            guard answer.status < 500 else {
                let finding = DoctorFinding.warning(
                    partner.rawValue, "\(place) answered \(answer.status)", "look at the partner's own log")
                return (finding, skew)
            }
            return (.ok(partner.rawValue, place), skew)
        } catch let error as HTTPTransportError {
            return (finding(partner, place, error), nil)
        } catch {
            return (.warning(partner.rawValue, "\(place): \(error)", "run it again"), nil)
        }
    }

    private static func finding(_ partner: Partner, _ place: String, _ error: HTTPTransportError) -> DoctorFinding {
        let name = partner.rawValue
        switch error.code {
        case .cannotConnect:
            return .warning(name, "\(place) cannot be reached: \(error.message)", sandboxAdvice(partner))
        case .timedOut:
            return .warning(name, "\(place) did not answer within \(timeoutSeconds) s", "look at the network")
        case .connectionLost, .other:
            return .warning(name, "\(place) broke off: \(error.message)", "look at the partner's own log")
        case .responseTooLarge: return .ok(name, place)
        case .invalidURL: return .failed(name, "\(place): \(error.message)", "correct partners.\(name).url")
        case .insecure:
            return .failed(
                name, "\(place): \(error.message)", "install 'ca-certificates', or correct partners.\(name).url")
        }
    }

    /// Asks for an object that is not there: only a bucket that believes our signature says just that.
    private static func storage(_ configuration: Configuration, _ context: Context) async -> DoctorFinding {
        let name = Partner.s3.rawValue
        let place =
            "\(Setting.redacted(url: configuration.endpoint(.s3).baseURL))/\(configuration.storage.bucket ?? "?")"
        do {
            _ = try await Wiring.partners(configuration, context).storage.get(key: absentKey)
            return .ok(name, place)
        } catch let error as PartnerError {
            switch error.code {
            case .rejected(status: 404, let code) where code != "NoSuchBucket": return .ok(name, place)
            case .rejected(_, let code):
                return .failed(name, "\(place) refuses: \(code)", "correct bucket, region and keys in partners.s3")
            case .unreachable:
                return .warning(name, "\(place) cannot be reached: \(error.message)", sandboxAdvice(.s3))
            case .timedOut, .interrupted, .serverError, .malformed, .contradiction:
                return .warning(name, "\(place): \(error.message)", "look at the network and the store's own log")
            }
        } catch {
            let problem = Problem(error)
            return .failed(name, problem.message, problem.hint ?? "correct partners.s3")
        }
    }

    private static func sandboxAdvice(_ partner: Partner) -> String {
        "start 'qrpay sandbox', which stands in for all partners, or set partners.\(partner.rawValue).url"
    }
}
