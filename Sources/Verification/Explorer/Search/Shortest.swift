/// Finds the shortest history that violates each invariant; of equally short ones, one with few faults
/// and few process switches.
struct Shortest<Checker: StateChecker> {
    typealias State = Checker.System.State
    typealias Step = Checker.System.Step
    typealias Invariant = Checker.Broken.Invariant

    let machine: Checker.System
    let checker: Checker
    /// Called periodically: whether to stop.
    var isOver: () -> Bool = { false }

    /// How a state was reached first, or with fewest faults and switches of those equally long.
    private struct Arrival {
        let state: State
        let step: Step?
        let parent: Int
        let faults: Int
        let switches: Int

        func isSimpler(than other: Arrival) -> Bool { (faults, switches) < (other.faults, other.switches) }
    }

    /// The states reached, layer by layer: those of the last layer are at the end.
    private struct Reached {
        var arrivals: [Arrival]
        var places: [State: Int]
        /// The states of the last layer that are expanded next.
        var layer: Range<Int>

        init(_ start: State) {
            arrivals = [Arrival(state: start, step: nil, parent: -1, faults: 0, switches: 0)]
            places = [start: 0]
            layer = 0..<1
        }

        /// - Parameter next: where the new layer begins.
        mutating func add(_ arrival: Arrival, next: Int) {
            guard let known = places[arrival.state] else {
                places[arrival.state] = arrivals.count
                arrivals.append(arrival)
                return
            }
            if known >= next, arrival.isSimpler(than: arrivals[known]) { arrivals[known] = arrival }
        }

        /// States that violate an invariant are not expanded; the others continue, from the front.
        mutating func keep(_ sound: [Int]) {
            let start = layer.lowerBound
            for (target, source) in zip(start..., sound) where target != source {
                arrivals.swapAt(target, source)
                places[arrivals[target].state] = target
                places[arrivals[source].state] = source
            }
            layer = start..<start + sound.count
        }

        func history(to place: Int) -> [Step] {
            var steps: [Step] = []
            var place = place
            while place > 0, let step = arrivals[place].step {
                steps.append(step)
                place = arrivals[place].parent
            }
            return steps.reversed()
        }
    }

    /// - Parameter known: a history that violates each; kept if time runs out before a shorter one is found.
    func histories(for known: [Invariant: [Step]]) throws -> [Invariant: [Step]] {
        var found = known
        var wanted = Set(known.keys)
        var reached = Reached(machine.start)
        while !wanted.isEmpty, !reached.layer.isEmpty {
            guard try expand(&reached) else { return found }
            let (best, sound) = try violations(in: reached, of: wanted)
            for (invariant, place) in best {
                found[invariant] = reached.history(to: place)
                wanted.remove(invariant)
            }
            reached.keep(sound)
        }
        return found
    }

    /// Takes every step from every state of the layer.
    /// - Returns: false when the time ran out.
    private func expand(_ reached: inout Reached) throws -> Bool {
        let next = reached.arrivals.count
        for place in reached.layer {
            if place & 0xff == 0, isOver() { return false }
            let from = reached.arrivals[place]
            for step in machine.steps(from: from.state) {
                let arrival = Arrival(
                    state: try machine.execute(step, from: from.state).state, step: step, parent: place,
                    faults: from.faults + (step.isFault ? 1 : 0),
                    switches: from.switches + (from.step?.actor == step.actor ? 0 : 1))
                reached.add(arrival, next: next)
            }
        }
        reached.layer = next..<reached.arrivals.count
        return true
    }

    /// The simplest violation of each invariant in the layer, and the states that violate none.
    private func violations(
        in reached: Reached, of wanted: Set<Invariant>
    ) throws -> (best: [Invariant: Int], sound: [Int]) {
        var best: [Invariant: Int] = [:]
        var sound: [Int] = []
        for place in reached.layer {
            let broken = try checker.broken(in: reached.arrivals[place].state)
            if broken.isEmpty { sound.append(place) }
            for invariant in Set(broken.map(\.invariant)).intersection(wanted) {
                if let other = best[invariant], !reached.arrivals[place].isSimpler(than: reached.arrivals[other]) {
                    continue
                }
                best[invariant] = place
            }
        }
        return (best, sound)
    }
}
