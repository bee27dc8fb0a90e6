import Testing

@testable import HTTPKit

@Suite("The queue for connections")
struct CurlQueueTests {
    @Test
    func `the oldest request goes first, within both limits`() {
        var queue = CurlQueue(maximum: 3, maximumPerOrigin: 2)
        for (id, origin) in ["a", "a", "a", "b", "b"].enumerated() { queue.enqueue(UInt64(id), origin: origin) }
        #expect((0..<4).map { _ in queue.next()?.id } == [0, 1, 3, nil])
        queue.release(origin: "b")
        #expect(queue.next()?.id == 4)
        queue.release(origin: "a")
        #expect(queue.next()?.id == 2)
        #expect(queue.next()?.id == nil)
    }

    @Test
    func `an unresponsive origin does not delay the others`() {
        var queue = CurlQueue(maximum: 100, maximumPerOrigin: 1)
        for id in 0..<5000 { queue.enqueue(UInt64(id), origin: "hangs") }
        #expect(queue.next()?.id == 0)
        for id in 5000..<8000 {
            queue.enqueue(UInt64(id), origin: "works")
            #expect(queue.next()?.id == UInt64(id))
            queue.release(origin: "works")
        }
        for id in 1..<5000 {
            queue.release(origin: "hangs")
            #expect(queue.next()?.id == UInt64(id))
        }
        #expect(queue.next()?.id == nil)
    }
}
