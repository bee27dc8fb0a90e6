/// The built-in scenarios, as files.
package struct BuiltInScenario: Sendable {
    package var name: String
    /// The parsed scenario.
    package var json: [UInt8]

    package static let all = [
        BuiltInScenario(name: "two-guests", json: PackageResources.two_guests_json),
        BuiltInScenario(name: "declined-then-other", json: PackageResources.declined_then_other_json),
        BuiltInScenario(name: "late-success", json: PackageResources.late_success_json),
        BuiltInScenario(name: "double-click", json: PackageResources.double_click_json),
        BuiltInScenario(name: "lost-answers", json: PackageResources.lost_answers_json),
        BuiltInScenario(name: "callback-storm", json: PackageResources.callback_storm_json),
        BuiltInScenario(name: "concurrent-refunds", json: PackageResources.concurrent_refunds_json),
        BuiltInScenario(name: "outage", json: PackageResources.outage_json),
        BuiltInScenario(name: "worker-restarts", json: PackageResources.worker_restarts_json),
        BuiltInScenario(name: "lunch-rush", json: PackageResources.lunch_rush_json),
    ]

    package static func named(_ name: String) -> BuiltInScenario? { all.first { $0.name == name } }
}
