/// The identity of this worker, and whether another one is still alive.
package struct Processes: Sendable {
    /// The name under which this process leases tasks, unique across machines and restarts.
    package var own: String
    /// Whether the worker with that name may still be running; true when that cannot be determined.
    package var isAlive: @Sendable (_ name: String) -> Bool

    package init(own: String, isAlive: @escaping @Sendable (String) -> Bool) {
        self.own = own
        self.isAlive = isAlive
    }
}

/// The name of a worker process: `host/number/start/numbering`.
package struct WorkerName: Hashable, Sendable {
    package var host: String
    package var process: Int32
    /// When the process started, so that a reused process number gives another name.
    package var start: String
    /// The scope of process numbers: nothing can be determined about another kernel or container.
    package var numbering: String

    package init(host: String, process: Int32, start: String, numbering: String) {
        self.host = host
        self.process = process
        self.start = start
        self.numbering = numbering
    }

    /// Nil when it is not a process name, such as a simulated worker's.
    package init?(text: String) {
        let parts = text.split(separator: "/").map(String.init)
        guard parts.count == 4, let process = Int32(parts[1]) else { return nil }
        self.init(host: parts[0], process: process, start: parts[2], numbering: parts[3])
    }

    package var text: String { "\(host)/\(process)/\(start)/\(numbering)" }

    /// A worker's name for display: `process 4242 on host-3`.
    package static func prose(_ text: String?) -> String {
        guard let text else { return "?" }
        return WorkerName(text: text).map { "process \($0.process) on \($0.host)" } ?? text
    }
}
