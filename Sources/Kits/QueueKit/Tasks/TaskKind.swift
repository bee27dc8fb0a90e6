/// The name of what a task does, `receipt.fetch`; its handler is in a ``TaskRegistry``.
package struct TaskKind: RawRepresentable, Hashable, Sendable {
    package let rawValue: String

    /// - Parameter name: valid as ``init(rawValue:)`` describes; anything else is a programming error.
    package init(_ name: StaticString) {
        guard let kind = Self(rawValue: "\(name)") else { preconditionFailure("\(name) cannot name a kind of task") }
        self = kind
    }

    /// Nil unless it has 1 to 64 lower-case letters, digits, points, hyphens and underscores.
    package init?(rawValue: String) {
        guard (1...64).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy(Self.isAllowed) else { return nil }
        self.rawValue = rawValue
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}

/// The name of a reference from a task to what it is about, such as an order.
///
/// The application declares its tags, and filters can use them. Each is a column of the table `tasks`, a selective one
/// also of `task_staging_failures`: with tags as JSON and an index on an expression, staging is 0.86 times as fast;
/// with a table of tags, 0.37 times.
package struct TaskTag: Hashable, Sendable {
    package let name: String
    /// Whether a value names a handful of tasks, and the column has an index.
    package let isSelective: Bool

    /// - Parameter name: the name of the column.
    package init(_ name: StaticString, isSelective: Bool) {
        self.name = "\(name)"
        self.isSelective = isSelective
    }

    package static func == (left: TaskTag, right: TaskTag) -> Bool { left.name == right.name }

    package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
