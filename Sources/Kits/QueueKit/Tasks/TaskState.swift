/// The state of a task.
package enum TaskState: String, CaseIterable, Codable, Sendable {
    /// Its next attempt is in the future.
    case scheduled
    /// Due, waiting for a worker.
    case ready
    /// Behind an older task of its sequence that is unfinished or stuck.
    case waiting
    /// Leased to a worker.
    case running
    case done
    /// Failed in all attempts of its policy.
    case stuck
    case canceled

    package var isFinal: Bool { self == .done || self == .canceled }

    /// Every state, most urgent first.
    package static let byUrgency: [TaskState] = [.stuck, .running, .ready, .scheduled, .waiting, .canceled, .done]
}
