import HTTPKit
import JSONKit
import PaymentCore
import PaymentPartners
import Synchronization
import WorldKit

/// Delivers the payment system's reports to their callback URLs; losing one does not fail a payment.
final class CallbackCourier: Sendable {
    struct Report: Hashable, Codable, Sendable {
        var callback: PaymentCallbackWire
        var url: String
    }

    private static let firstPauseSeconds = 0.2
    private static let timeoutSeconds = 5.0

    private let transport: any HTTPTransport
    private let world: World
    private let attempts: Int
    private let allowsRemote: Bool
    /// The deliveries in progress, by number.
    private let errands = Mutex<(lastNumber: Int, tasks: [Int: Task<Void, Never>])>((0, [:]))

    init(transport: any HTTPTransport, world: World, settings: SandboxSettings) {
        self.transport = transport
        self.world = world
        attempts = settings.callbackAttempts
        allowsRemote = settings.allowsRemoteCallbacks
    }

    /// Delivers the reports one after another in the background.
    /// - Parameter acknowledged: called with each acknowledged report.
    func send(_ reports: [Report], acknowledged: @escaping @Sendable (Report) async -> Void) {
        guard !reports.isEmpty else { return }
        errands.withLock { errands in
            errands.lastNumber += 1
            let number = errands.lastNumber
            errands.tasks[number] = Task {
                for report in reports where await deliver(report) { await acknowledged(report) }
                _ = self.errands.withLock { $0.tasks.removeValue(forKey: number) }
            }
        }
    }

    /// Delivers the reports one after another; returns how many were acknowledged.
    func deliver(_ reports: [Report]) async -> Int {
        var acknowledged = 0
        for report in reports where await deliver(report) { acknowledged += 1 }
        return acknowledged
    }

    /// Whether reports may be sent there.
    func reaches(_ url: String) -> Bool { allowsRemote || Loopback.isHost(of: url) }

    func stop() {
        for task in errands.withLock({ Array($0.tasks.values) }) { task.cancel() }
    }

    private func deliver(_ report: Report) async -> Bool {
        guard reaches(report.url), let body = try? JSON.message(report.callback) else { return false }
        let request = HTTPRequest(
            method: "POST", url: report.url,
            headers: HTTPHeaders([
                ("Content-Type", "application/json"), ("Idempotency-Key", report.callback.eventID),
            ]), body: body, timeoutSeconds: Self.timeoutSeconds, maximumResponseBytes: 64 << 10)
        var pause = Self.firstPauseSeconds
        for attempt in 1...attempts {
            if let response = try? await transport.send(request), (200..<300).contains(response.status) { return true }
            guard attempt < attempts, (try? await world.sleep(pause)) != nil else { return false }
            pause *= 2
        }
        return false
    }
}

/// Which URLs lead to this machine.
enum Loopback {
    static func isHost(of url: String) -> Bool {
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[0] == "http:" || parts[0] == "https:", parts[1].isEmpty else { return false }
        var host = parts[2].prefix { $0 != "?" && $0 != "#" }
        guard !host.contains("@"), !host.contains("\\") else { return false }
        if let colon = host.lastIndex(of: ":"), host[colon...].dropFirst().allSatisfy(\.isNumber) {
            host = host[..<colon]
        }
        if host == "localhost" || host == "[::1]" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return numbers.count == 4 && numbers[0] == 127 && !numbers.contains(nil)
    }
}
