package import OrderingCore
package import QueueKit

/// A service and the number of one of its tasks: `billing/17`.
package struct TaskPlace: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var service: ServiceName
    package var taskID: Int64

    package init(service: ServiceName, taskID: Int64) {
        self.service = service
        self.taskID = taskID
    }

    /// Parses a service, a slash and a number; nil for any other text.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let service = ServiceName(rawValue: String(parts[0])), let id = Int64(parts[1]), id > 0
        else { return nil }
        self.init(service: service, taskID: id)
    }

    package var description: String { "\(service.rawValue)/\(taskID)" }

    package static func < (left: TaskPlace, right: TaskPlace) -> Bool {
        (left.service.rawValue, left.taskID) < (right.service.rawValue, right.taskID)
    }
}

/// A message that a service has received, or a request that it has to make.
package struct ServiceTask: Hashable, Sendable {
    package var service: ServiceName
    package var task: QueuedTask

    package init(service: ServiceName, task: QueuedTask) {
        self.service = service
        self.task = task
    }

    package var place: TaskPlace { TaskPlace(service: service, taskID: task.taskID) }

    /// The kind as commands name it.
    package enum Kind: String, CaseIterable, Sendable {
        case message, request
        /// A delivery that the service cannot handle as a message.
        case refused

        package var taskKind: TaskKind {
            switch self {
            case .message: .message
            case .request: .call
            case .refused: .refused
            }
        }
    }

    /// Nil for a task of a kind that this release does not know.
    package var kind: Kind? { Kind.allCases.first { $0.taskKind == task.kind } }

    /// The type of a message or the endpoint of a request; nil for a refused delivery without a readable type.
    package var type: String? { task.payload["type"] ?? task.payload["endpoint"] }

    /// The message's id.
    package var id: String {
        guard kind == .refused else { return task.key }
        return String(
            task.key.split(separator: "#", omittingEmptySubsequences: false).dropLast().joined(separator: "#"))
    }

    /// Messages with the same key are handled in order.
    package var key: String? { task.payload["key"] }
    package var correlationID: String? { task.payload["correlation"] ?? task.payload["correlation_id"] }
    package var causationID: String? { task.payload["causation"] ?? task.payload["causation_id"] }
    package var schemaVersion: String? { task.payload["version"] }
    /// A message's body or a request's fields as JSON; for a refused delivery, its content as text or hexadecimal.
    package var body: String? { task.payload["body"] ?? task.payload["fields"] ?? task.payload["hex"] }
    /// The size of the delivery in bytes, if its content was truncated.
    package var bytes: String? { task.payload["bytes"] }
}
