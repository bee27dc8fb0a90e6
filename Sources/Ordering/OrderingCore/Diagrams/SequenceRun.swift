package import WorldKit

/// The arrows of a real run, read from what the services have stored.
package struct SequenceRun: Hashable, Sendable {
    package struct Step: Hashable, Sendable {
        package var arrow: SequenceArrow
        /// The place of the arrow that it follows from; nil for the first.
        package var cause: Int?
        /// When its sender or receiver has recorded it; nil where only the arrow itself is known.
        package var at: Instant?
        /// Of the message or the request; nil for what has none.
        package var id: String?
        /// How often it was tried, where that is more than once.
        package var attempts = 1
        /// Why it has not come to its end, such as a stuck task.
        package var trouble: String?
        /// Whether it comes before the request was accepted: no diagram draws it.
        package var isPrelude = false

        package init(_ arrow: SequenceArrow, cause: Int?, at: Instant?, id: String? = nil) {
            self.arrow = arrow
            self.cause = cause
            self.at = at
            self.id = id
        }
    }

    package var style: StyleName
    package var request: ClientRequest
    /// Each comes after its cause.
    package var steps: [Step]
    /// Nil while it is not known.
    package var outcome: OrderOutcome?

    package init(style: StyleName, request: ClientRequest, steps: [Step], outcome: OrderOutcome?) {
        self.style = style
        self.request = request
        self.steps = steps
        self.outcome = outcome
    }

    package var counts: ArrowCounts { ArrowCounts(steps.filter { !$0.isPrelude }.map(\.arrow)) }

    /// In the order of ``Participant/allCases``, as far as they take part.
    package var participants: [Participant] {
        let taking = Set(steps.flatMap { [$0.arrow.from, $0.arrow.to] })
        return Participant.allCases.filter(taking.contains)
    }
}

/// A run held against the diagram of its style: what follows from what, not what a clock says.
package struct DiagramComparison: Hashable, Sendable {
    /// The first difference in the order of the drawing.
    package struct Difference: Hashable, Sendable {
        /// What is drawn and missing.
        package var drawn: SequenceArrow?
        /// What has happened and is not drawn.
        package var run: SequenceArrow?
        /// What both follow from; nil at the beginning.
        package var after: SequenceArrow?
    }

    package var difference: Difference?
    /// Arrows that the diagram has other words for.
    package var renamed: [SequenceArrow: String] = [:]
    /// Arrows before the request was accepted, which are not compared.
    package var prelude: [SequenceArrow] = []

    package init(_ run: SequenceRun, with diagram: SequenceDiagram) {
        let drawn = diagram.steps(run.outcome ?? .succeeded)
        let workers = diagram.drawnWorkers
        // Which services show their own work is the draughtsman's choice.
        let compared = run.steps.indices.filter { place in
            let step = run.steps[place]
            return !step.isPrelude && (!step.arrow.isOwnWork || workers.contains(step.arrow.from))
        }
        prelude = run.steps.filter(\.isPrelude).map(\.arrow)
        var children: [Int?: [Int]] = [:]
        for place in compared { children[run.steps[place].cause, default: []].append(place) }
        // The places in the run of what is drawn, as far as they were found.
        var found: [Int: Int] = [:]
        var first: (place: Int, difference: Difference)?
        func differ(at place: Int, _ difference: Difference) {
            if first.map({ place < $0.place }) ?? true { first = (place, difference) }
        }
        for (place, step) in drawn.enumerated() {
            let cause = step.cause.flatMap { found[$0] }
            guard step.cause == nil || cause != nil else { continue }
            let after = step.cause.map { drawn[$0].arrow }
            if let match = children[cause]?.firstIndex(where: { run.steps[$0].arrow == step.arrow }) {
                found[place] = children[cause]?.remove(at: match)
                if let words = step.drawn { renamed[step.arrow] = words }
            } else {
                let instead = children[cause]?.first { run.steps[$0].arrow.from == step.arrow.from }
                differ(at: place, Difference(drawn: step.arrow, run: instead.map { run.steps[$0].arrow }, after: after))
            }
        }
        // What is left over follows from something that is drawn, or from something that is left over itself.
        for (place, at) in found {
            guard let extra = children[at]?.first else { continue }
            let last = drawn.indices.last { drawn[$0].cause == place } ?? place
            differ(at: last, Difference(run: run.steps[extra].arrow, after: drawn[place].arrow))
        }
        if let extra = children[nil]?.first { differ(at: 0, Difference(run: run.steps[extra].arrow)) }
        difference = first?.difference
    }

    package var isAsDrawn: Bool { difference == nil }
}
