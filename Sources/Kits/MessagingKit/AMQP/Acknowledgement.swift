/// One acknowledgement on the wire.
struct Acknowledgement: Hashable {
    var tag: UInt64
    /// Whether it is for every delivery up to the tag.
    var isForAllUpTo: Bool
}

/// The deliveries of a channel that are not acknowledged yet.
struct UnacknowledgedTags {
    /// Ascending.
    private var tags: [UInt64] = []

    init() {}

    /// Notes a delivery; its tag is greater than all before.
    mutating func add(_ tag: UInt64) { tags.append(tag) }

    /// The fewest acknowledgements for these deliveries and no other: one for all of the oldest, one each for the rest.
    ///
    /// A tag that was acknowledged before, or never delivered, is left out: the broker would close the channel.
    mutating func acknowledge(_ done: some Sequence<UInt64>) -> [Acknowledgement] {
        let done = Set(done)
        let rest = tags.drop(while: done.contains)
        let oldest = tags[..<rest.startIndex]
        var acknowledgements = oldest.last.map { [Acknowledgement(tag: $0, isForAllUpTo: oldest.count > 1)] } ?? []
        acknowledgements += rest.filter(done.contains).map { Acknowledgement(tag: $0, isForAllUpTo: false) }
        tags = rest.filter { !done.contains($0) }
        return acknowledgements
    }
}
