import Testing

@testable import MessagingKit

@Suite struct PublishWindowTests {
    private static func window(_ count: Int, size: Int = 10, maximumCount: Int = 100) -> PublishWindow<Int> {
        var window = PublishWindow<Int>(maximumCount: maximumCount, maximumBytes: 1000)
        for number in 0..<count { window.add(number, id: "m\(number)", bytes: size, at: .now) }
        return window
    }

    @Test func `a confirm settles its message, or with multiple all before it`() {
        var window = Self.window(6)
        #expect(window.settle(2, multiple: false).map(\.item) == [1])
        #expect(window.settle(2, multiple: false).isEmpty)
        #expect(window.settle(4, multiple: true).map(\.item) == [0, 2, 3])
        #expect(window.settle(4, multiple: true).isEmpty)
        #expect(window.settle(99, multiple: true).map(\.item) == [4, 5])
        #expect(window.isEmpty)
        window.add(6, id: "m6", bytes: 10, at: .now)
        #expect(window.settle(7, multiple: false).map(\.item) == [6], "tags go on")
    }

    @Test func `a return belongs to the oldest message of its id that has none`() {
        var window = PublishWindow<Int>(maximumCount: 9, maximumBytes: 1000)
        for (number, id) in ["a", "b", "a", "c"].enumerated() { window.add(number, id: id, bytes: 1, at: .now) }
        for _ in 0..<2 { window.markReturned(id: "a", reason: "no route") }
        window.markReturned(id: "unknown", reason: "no route")
        window.markReturned(id: nil, reason: "no id")
        let settled = window.settle(4, multiple: true)
        #expect(settled.map(\.returnReason) == ["no route", "no id", "no route", nil])
    }

    @Test func `what was sent long ago is taken out alone, and its late confirm has no effect`() {
        var window = PublishWindow<Int>(maximumCount: 9, maximumBytes: 30)
        let start = ContinuousClock.now
        for number in 0..<3 {
            window.add(number, id: "m\(number)", bytes: 10, at: start + .seconds(number))
        }
        #expect(!window.hasRoom(for: 1))
        _ = window.settle(2, multiple: false)
        #expect(window.removeSent(until: start + .seconds(1)).map(\.item) == [0])
        #expect(window.hasRoom(for: 20) && window.count == 1)
        #expect(window.oldest == start + .seconds(2))
        #expect(window.settle(1, multiple: false).isEmpty)
        #expect(window.settle(3, multiple: true).map(\.item) == [2])
        #expect(window.isEmpty && window.oldest == nil)
    }

    @Test func `room is bounded by number and bytes, and one message always fits`() {
        #expect(!Self.window(3, maximumCount: 3).hasRoom(for: 1))
        #expect(Self.window(2, maximumCount: 3).hasRoom(for: 1))
        #expect(Self.window(99).hasRoom(for: 10))
        #expect(!Self.window(99).hasRoom(for: 11))
        #expect(Self.window(0).hasRoom(for: 1 << 20))
        #expect(!Self.window(1).hasRoom(for: 1 << 20))
        var window = Self.window(100, maximumCount: 200)
        #expect(!window.hasRoom(for: 10))
        _ = window.settle(1, multiple: false)
        #expect(window.hasRoom(for: 10))
    }

    @Test func `after a closed channel one message goes alone, then twice as many each time`() {
        var window = Self.window(8)
        #expect(window.unsettled.map(\.item) == Array(0..<8))
        window.reset(carefully: true)
        var next: UInt64 = 1
        var sizes: [Int] = []
        for _ in 0..<5 {
            let before = window.count
            while window.hasRoom(for: 1) { window.add(0, id: "m", bytes: 1, at: .now) }
            sizes.append(window.count - before)
            _ = window.settle(next + UInt64(window.count) - 1, multiple: true)
            next += UInt64(sizes.last ?? 0)
        }
        #expect(sizes == [1, 2, 4, 8, 16])
    }

    @Test func `the oldest unsettled message counts for the time`() {
        let start = ContinuousClock.now
        var window = PublishWindow<Int>(maximumCount: 9, maximumBytes: 1000)
        for second in 0..<3 { window.add(second, id: "m", bytes: 1, at: start + .seconds(second)) }
        #expect(window.oldest == start)
        _ = window.settle(1, multiple: false)
        #expect(window.oldest == start + .seconds(1))
        window.restartClock(at: start + .seconds(9))
        #expect(window.oldest == start + .seconds(9))
        _ = window.settle(3, multiple: true)
        #expect(window.oldest == nil)
    }
}

@Suite struct UnacknowledgedTagsTests {
    @Test(
        arguments: [
            ([1, 2, 3], [Acknowledgement(tag: 3, isForAllUpTo: true)], [4, 5]),
            ([1], [Acknowledgement(tag: 1, isForAllUpTo: false)], [2, 3, 4, 5]),
            (
                [5, 2], [Acknowledgement(tag: 2, isForAllUpTo: false), Acknowledgement(tag: 5, isForAllUpTo: false)],
                [1, 3, 4]
            ),
            (
                [4, 1, 2], [Acknowledgement(tag: 2, isForAllUpTo: true), Acknowledgement(tag: 4, isForAllUpTo: false)],
                [3, 5]
            ),
            ([9, 1, 1], [Acknowledgement(tag: 1, isForAllUpTo: false)], [2, 3, 4, 5]), ([], [], [1, 2, 3, 4, 5]),
            ([5, 4, 3, 2, 1], [Acknowledgement(tag: 5, isForAllUpTo: true)], []),
        ] as [([UInt64], [Acknowledgement], [UInt64])])
    func `the fewest acknowledgements are sent, and none twice`(
        done: [UInt64], sent: [Acknowledgement], left: [UInt64]
    ) {
        var tags = UnacknowledgedTags()
        for tag in UInt64(1)...5 { tags.add(tag) }
        #expect(tags.acknowledge(done) == sent)
        #expect(tags.acknowledge(done).isEmpty)
        #expect(tags.acknowledge([1, 2, 3, 4, 5]).map(\.tag).last == left.last)
    }
}
