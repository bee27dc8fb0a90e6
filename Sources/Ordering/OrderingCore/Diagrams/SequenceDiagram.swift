/// A sequence diagram as a value: arrows, alternatives, and what happens side by side.
package struct SequenceDiagram: Sendable {
    package indirect enum Part: Sendable {
        /// - Parameter drawn: the words at the arrow where the diagram has others than the contract.
        case arrow(SequenceArrow, drawn: String?)
        /// The order succeeds, or it fails.
        case either(success: [Part], failure: [Part])
        /// Side by side, in no order.
        case parallel([[Part]])
    }

    package var style: StyleName
    package var request: ClientRequest
    package var parts: [Part]

    package init(_ style: StyleName, _ request: ClientRequest, _ parts: [Part]) {
        self.style = style
        self.request = request
        self.parts = parts
    }

    /// An arrow of one alternative, with the arrow that causes it.
    package struct Step: Hashable, Sendable {
        package var arrow: SequenceArrow
        /// The diagram's words where they are not the contract's.
        package var drawn: String?
        /// The place of the arrow that it follows from: the last one that came to where it begins. Nil for the first.
        package var cause: Int?
    }

    /// The arrows of one alternative, in the order in which they are drawn.
    package func steps(_ outcome: OrderOutcome) -> [Step] {
        var steps: [Step] = []
        append(parts, outcome, after: [], to: &steps)
        return steps
    }

    /// - Parameter before: the places of the arrows that come before these parts, without those side by side with them.
    /// - Returns: the places of all that come before what follows.
    @discardableResult
    private func append(
        _ parts: [Part], _ outcome: OrderOutcome, after before: [Int], to steps: inout [Step]
    ) -> [Int] {
        var before = before
        for part in parts {
            switch part {
            case .arrow(let arrow, let drawn):
                let cause = before.last { place in
                    let earlier = steps[place].arrow
                    return !earlier.isOwnWork && earlier.to == arrow.from
                }
                steps.append(Step(arrow: arrow, drawn: drawn, cause: cause))
                before.append(steps.count - 1)
            case .either(let success, let failure):
                before = append(outcome == .succeeded ? success : failure, outcome, after: before, to: &steps)
            case .parallel(let branches):
                let start = before
                for branch in branches {
                    before += append(branch, outcome, after: start, to: &steps).dropFirst(start.count)
                }
            }
        }
        return before
    }

    /// The services whose own work it draws.
    package var drawnWorkers: Set<Participant> { Self.workers(parts) }

    private static func workers(_ parts: [Part]) -> Set<Participant> {
        parts.reduce(into: []) { workers, part in
            switch part {
            case .arrow(let arrow, _): if arrow.isOwnWork { workers.insert(arrow.from) }
            case .either(let success, let failure): workers.formUnion(Self.workers(success + failure))
            case .parallel(let branches): workers.formUnion(Self.workers(branches.flatMap(\.self)))
            }
        }
    }
}
