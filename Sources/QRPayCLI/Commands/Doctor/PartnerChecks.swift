import HTTPKit
import PaymentCore
import PaymentPartners
import Payments
import WorldKit

/// Checks that the partners can be reached.
enum PartnerChecks {
    private static let timeoutSeconds = 2.0
    /// No receipt has this key.
    private static let absentKey = "qrpay-doctor/absent"

    /// - Returns: a finding for each partner, and by how many seconds their clocks are ahead, where they send the time.
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

    /// Any answer shows that the partner is up; only its real calls show whether they work.
    private static func visit(
        _ partner: Partner, _ configuration: Configuration, _ transport: any HTTPTransport, _ context: Context
    ) async -> (DoctorFinding, skew: Double?) {
        let url = configuration.endpoint(partner).baseURL
        let place = EffectiveSetting.redacted(url: url)
        do {
            let answer = try await transport.send(HTTPRequest(url: url, timeoutSeconds: timeoutSeconds))
            let skew = answer.headers["Date"].flatMap { HTTPDate.instant($0) }?.seconds(since: context.world.now())
            guard answer.status < 500 else {
                let finding = DoctorFinding.warning(
                    partner.rawValue, "\(place) answered \(answer.status)", "check the partner's log")
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
            return .warning(name, "\(place) did not answer within \(timeoutSeconds) s", "check the network")
        case .connectionLost, .other:
            return .warning(name, "\(place) closed the connection: \(error.message)", "check the partner's log")
        case .responseTooLarge: return .ok(name, place)
        case .invalidURL: return .failed(name, "\(place): \(error.message)", "correct partners.\(name).url")
        case .insecure:
            return .failed(
                name, "\(place): \(error.message)", "install 'ca-certificates', or correct partners.\(name).url")
        }
    }

    /// Requests a missing object: only a bucket that accepts our signature answers 404.
    private static func storage(_ configuration: Configuration, _ context: Context) async -> DoctorFinding {
        let name = Partner.s3.rawValue
        let url = EffectiveSetting.redacted(url: configuration.endpoint(.s3).baseURL)
        let place = "\(url)/\(configuration.storage.bucket ?? "?")"
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
                return .warning(name, "\(place): \(error.message)", "check the network and the object store's log")
            }
        } catch {
            let problem = Problem(error)
            return .failed(name, problem.message, problem.suggestion ?? "correct partners.s3")
        }
    }

    private static func sandboxAdvice(_ partner: Partner) -> String {
        "start 'qrpay sandbox', which simulates all partners, or set partners.\(partner.rawValue).url"
    }
}
