import QRPayDomain
import QRPayServices

/// What only a server is configured with.
extension Configuration {
    /// The rollout; everybody has everything where none is configured.
    func availability() throws -> Availability {
        guard let experiments = file.availability?.experiments else { return Availability() }
        return Availability(
            experiments: try experiments.sorted { $0.key < $1.key }.map { name, settings in
                var experiment = Experiment(name: name)
                experiment.zones = settings.zones.map(Set.init)
                experiment.uids = Set(settings.uids ?? [])
                experiment.phoneIDs = Set(settings.phoneIds ?? [])
                experiment.restaurants = settings.restaurants.map(Set.init)
                do throws(MoneyError) {
                    if let percent = settings.percent { experiment.percent = try Percent(percent) }
                } catch {
                    throw Problem(.invalid, "bad_config", "availability.experiments.\(name).percent: \(error.message)")
                }
                return experiment
            })
    }

    /// When something is worth an alert.
    var metricsLimits: MetricsReport.Limits {
        var limits = MetricsReport.Limits()
        limits.taskAttempts = file.alerts?.taskAttempts ?? limits.taskAttempts
        limits.taskAgeSeconds = file.alerts?.taskAgeSeconds ?? limits.taskAgeSeconds
        return limits
    }
}
