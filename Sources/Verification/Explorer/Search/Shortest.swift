import PaymentCore

/// Finds the shortest history that violates each invariant; of equally short ones, one with few faults
/// and few process switches.
struct Shortest {
    let machine: Machine
    let judge: Judge
    /// Called periodically: whether to stop.
    var isOver: () -> Bool = { false }

    private struct Arrival {
        let state: State
        let step: Step?
        let parent: Int
        let faults: Int
        let switches: Int
    }

    /// - Parameter known: a history that violates each; kept if time runs out before a shorter one is found.
    func histories(for known: [PaymentInvariant: [Step]]) throws -> [PaymentInvariant: [Step]] {
        var found = known
        var wanted = Set(known.keys)
        var arrivals = [Arrival(state: machine.start, step: nil, parent: -1, faults: 0, switches: 0)]
        var places: [State: Int] = [machine.start: 0]
        var layer = 0..<1
        while !wanted.isEmpty, !layer.isEmpty {
            let next = arrivals.count
            for place in layer {
                if place & 0xff == 0, isOver() { return found }
                let state = arrivals[place].state
                for step in machine.steps(from: state) {
                    let arrival = Arrival(
                        state: try machine.take(step, from: state).state, step: step, parent: place,
                        faults: arrivals[place].faults + (step.isFault ? 1 : 0),
                        switches: arrivals[place].switches + (arrivals[place].step?.actor == step.actor ? 0 : 1))
                    guard let known = places[arrival.state] else {
                        places[arrival.state] = arrivals.count
                        arrivals.append(arrival)
                        continue
                    }
                    let other = arrivals[known]
                    if known >= next, (arrival.faults, arrival.switches) < (other.faults, other.switches) {
                        arrivals[known] = arrival
                    }
                }
            }
            layer = next..<arrivals.count
            var best: [PaymentInvariant: Int] = [:]
            var sound: [Int] = []
            for place in layer {
                let broken = try judge.broken(in: arrivals[place].state)
                if broken.isEmpty { sound.append(place) }
                for invariant in Set(broken.map(\.invariant)).intersection(wanted) {
                    guard let other = best[invariant] else {
                        best[invariant] = place
                        continue
                    }
                    let (this, that) = (arrivals[place], arrivals[other])
                    if (this.faults, this.switches) < (that.faults, that.switches) { best[invariant] = place }
                }
            }
            for (invariant, place) in best {
                found[invariant] = history(to: place, arrivals)
                wanted.remove(invariant)
            }
            // States that violate an invariant are not expanded; the others continue, from the front.
            let end = next + sound.count
            for (target, source) in zip(next..., sound) where target != source {
                arrivals.swapAt(target, source)
                places[arrivals[target].state] = target
                places[arrivals[source].state] = source
            }
            layer = next..<end
        }
        return found
    }

    private func history(to place: Int, _ arrivals: [Arrival]) -> [Step] {
        var steps: [Step] = []
        var place = place
        while place > 0, let step = arrivals[place].step {
            steps.append(step)
            place = arrivals[place].parent
        }
        return steps.reversed()
    }
}
