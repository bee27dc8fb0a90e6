import PaymentCore
import Payments

extension Availability {
    /// The rollout; without one, every feature is on for every user.
    init(_ sources: inout SettingSources) throws {
        let layer = sources.layers.first { $0.file.availability?.experiments != nil }
        let experiments = (layer?.file.availability?.experiments ?? [:]).sorted { $0.key < $1.key }
        let names = experiments.map(\.key).joined(separator: ", ")
        sources.record("availability.experiments", layer.map { _ in names }, layer?.source ?? .standard())
        self.init()
        guard layer != nil else { return }
        self = Availability(experiments: try experiments.map { try Experiment($0.key, $0.value) })
    }
}

extension Experiment {
    fileprivate init(_ name: String, _ settings: ConfigFile.Experiment) throws {
        self.init(name: name)
        zones = settings.zones.map(Set.init)
        uids = Set(settings.uids ?? [])
        phoneIDs = Set(settings.phoneIds ?? [])
        restaurants = settings.restaurants.map(Set.init)
        do throws(MoneyError) {
            if let percent = settings.percent { self.percent = try Percent(percent) }
        } catch {
            throw Problem(.invalid, "bad_config", "availability.experiments.\(name).percent: \(error.message)")
        }
    }
}

extension MetricsReport.Limits {
    /// The alert limits.
    init(_ sources: inout SettingSources) {
        self.init()
        taskAttempts = sources.number("alerts.task_attempts", default: taskAttempts) { $0.alerts?.taskAttempts }
        taskAgeSeconds = sources.number("alerts.task_age_seconds", default: taskAgeSeconds) {
            $0.alerts?.taskAgeSeconds
        }
    }
}
