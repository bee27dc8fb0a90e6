import Payments
package import QueueKit

extension TaskKind: CaseIterable {
    package static var allCases: [TaskKind] { payments }
}
