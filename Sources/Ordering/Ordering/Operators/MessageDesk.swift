import EncodingKit
package import MessagingKit
package import OrderingCore
package import QueueKit
package import SQLKit
package import WorldKit

/// Operators' queries and changes of the services' queues and outboxes.
package struct MessageDesk: Sendable {
    /// In the order of ``OrderingCore/ServiceName/allCases``.
    private let nodes: [ServiceNode]
    private let databases: [ServiceName: any SQLDatabase]

    package init(_ style: Style, _ databases: [ServiceName: any SQLDatabase], _ world: World) {
        self.databases = databases
        let nowhere = LocalServices()
        nodes = ServiceName.allCases.compactMap { name in
            databases[name].map { ServiceNode(name, style, $0, world, nowhere) }
        }
    }

    package var services: [ServiceName] { nodes.map(\.name) }

    /// The tasks of all services, most urgent first.
    package func list(_ filter: TaskFilter) async throws -> [ServiceTask] {
        var found: [ServiceTask] = []
        for node in nodes {
            found += try await node.queue.list(filter).map { ServiceTask(service: node.name, task: $0) }
        }
        // Each queue's tasks are already in order; a stable sort keeps that order among equals.
        let urgency = Dictionary(uniqueKeysWithValues: TaskState.byUrgency.enumerated().map { ($1, $0) })
        found = found.enumerated().sorted { left, right in
            (urgency[left.element.task.state] ?? 0, left.offset) < (
                urgency[right.element.task.state] ?? 0, right.offset
            )
        }.map(\.element)
        return filter.limit.map { Array(found.prefix($0)) } ?? found
    }

    /// How many tasks a filter matches, by service and state.
    package func counts(_ filter: TaskFilter, by grouping: TaskGrouping) async throws -> [(ServiceName, TaskGroup)] {
        var counts: [(ServiceName, TaskGroup)] = []
        for node in nodes {
            counts += try await node.queue.counts(filter, by: grouping).map { (node.name, $0) }
        }
        return counts
    }

    /// - Throws: ``MessageError/notFound(_:)``.
    package func details(_ place: TaskPlace) async throws -> TaskQueue.Details {
        try await naming(place) { try await node(place).queue.details(place.taskID) }
    }

    /// - Throws: ``MessageError/notFound(_:)``.
    package func situation(
        of place: TaskPlace, isAlive: @escaping @Sendable (String) -> Bool
    ) async throws -> TaskSituation {
        try await naming(place) { try await node(place).queue.situation(of: place.taskID, isAlive: isAlive) }
    }

    /// How many messages wait behind a stuck one.
    package func followers(of task: ServiceTask) async throws -> Int {
        guard task.task.state == .stuck, task.kind == .message else { return 0 }
        var filter = TaskFilter()
        filter.states = [.waiting]
        filter.tags = task.task.tags
        return try await node(task.place).queue.counts(filter, by: .state).reduce(0) { $0 + $1.count }
    }

    // MARK: Changes

    /// What was changed at all services, or would be.
    package struct Change: Sendable {
        package var isDryRun: Bool
        package var matched = 0
        package var changed: [ServiceTask] = []
        /// Tasks left unchanged, with the reason.
        package var skipped: [(place: TaskPlace, why: String)] = []
        /// One for each service with changes.
        package var batches: [String] = []
        /// Identifies exactly the changed tasks: 16 hexadecimal digits.
        package var digest: String {
            var hash = StableHash()
            for place in changed.map(\.place).sorted() { hash.combine(Array("\(place)\n".utf8)) }
            return hash.hexadecimal
        }

        mutating func add(_ result: TaskChangeResult, of service: ServiceName) {
            matched += result.matched.count
            changed += result.changed.map { ServiceTask(service: service, task: $0) }
            skipped += result.skipped.map { (TaskPlace(service: service, taskID: $0.taskID), $0.why) }
            if !result.changed.isEmpty { batches.append(result.batch) }
        }
    }

    /// Requeues or cancels tasks: those at some places, or all that the request's filter matches.
    ///
    /// Canceled, a message is skipped: it has no effect, and those behind it go on.
    /// - Throws: ``MessageError/notFound(_:)``, ``QueueKit/TaskError``; ``QueueKit/PartialChange`` of one service,
    ///   after those before it were changed.
    package func change(_ request: TaskChangeRequest, at places: [TaskPlace]) async throws -> Change {
        for place in places { _ = try await details(place) }
        var preview = Change(isDryRun: true)
        var requests: [(node: ServiceNode, request: TaskChangeRequest)] = []
        for node in nodes {
            var own = request
            own.filter.ids = places.filter { $0.service == node.name }.map(\.taskID)
            guard places.isEmpty || !own.filter.ids.isEmpty else { continue }
            (own.isDryRun, own.expected) = (true, nil)
            let result = try await node.queue.change(own)
            preview.add(result, of: node.name)
            // Change exactly the chosen tasks.
            (own.isDryRun, own.expected) = (false, result.digest)
            if !result.changed.isEmpty { requests.append((node, own)) }
        }
        if let expected = request.expected, expected != preview.digest {
            throw TaskError.otherScope(expected: expected, found: preview.digest)
        }
        guard !request.isDryRun else { return preview }
        var change = Change(isDryRun: false)
        change.matched = preview.matched
        change.skipped = preview.skipped
        for (node, request) in requests {
            let result = try await node.queue.change(request)
            change.changed += result.changed.map { ServiceTask(service: node.name, task: $0) }
            change.batches.append(result.batch)
        }
        return change
    }

    // MARK: Outboxes

    /// A row of a service's outbox.
    package typealias Sent = (service: ServiceName, entry: OutboxEntry)

    /// In the order in which they were added.
    package func outbox(_ filter: OutboxFilter) async throws -> [Sent] {
        var found: [Sent] = []
        for name in services {
            guard let database = databases[name] else { continue }
            found += try await database.read { try Outbox($0).list(filter) }.map { (name, $0) }
        }
        found.sort { ($0.entry.createdAt, $0.entry.position) < ($1.entry.createdAt, $1.entry.position) }
        return filter.limit.map { Array(found.prefix($0)) } ?? found
    }

    /// Sends sent, parked or skipped rows again; receivers drop duplicates.
    /// - Parameter rows: of ``outbox(_:)``.
    /// - Returns: the number of rows; a row that was resent in the meantime is not counted.
    package func resend(_ rows: [Sent]) async throws -> Int {
        var count = 0
        for name in services {
            guard let database = databases[name] else { continue }
            let ids = rows.filter { $0.service == name }.map(\.entry.message.id)
            for start in stride(from: 0, to: ids.count, by: 500) {
                var filter = OutboxFilter()
                filter.ids = Array(ids[start..<min(start + 500, ids.count)])
                count += try await database.write { [filter] in try Outbox($0).resend(filter) }
            }
        }
        return count
    }

    /// The unsent rows, grouped by reason.
    package func backlog() async throws -> [(service: ServiceName, group: Outbox.Backlog)] {
        var backlog: [(service: ServiceName, group: Outbox.Backlog)] = []
        for name in services {
            guard let database = databases[name] else { continue }
            backlog += try await database.read { try Outbox($0).backlog() }.map { (name, $0) }
        }
        return backlog
    }

    // MARK: Parts

    private func node(_ place: TaskPlace) throws -> ServiceNode {
        guard let node = nodes.first(where: { $0.name == place.service }) else { throw MessageError.notFound(place) }
        return node
    }

    private func naming<Value>(_ place: TaskPlace, _ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch TaskError.notFound { throw MessageError.notFound(place) }
    }
}

package enum MessageError: Error, Hashable, Sendable {
    case notFound(TaskPlace)
    /// By the message's id.
    case notSent(String)
}
