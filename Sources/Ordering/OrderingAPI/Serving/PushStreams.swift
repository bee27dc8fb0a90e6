import HTTPKit
import JSONKit
import Ordering
import OrderingCore
import Synchronization
import WorldKit

/// The open streams of push events: bounded in number, each sends a user's events in order, each once.
final class PushStreams: Sendable {
    private let gateway: Gateway
    private let waiters: Waiters
    private let world: World
    private let capacity: Int
    private let open = Mutex<[String: Int]>([:])

    /// How many streams one user may have.
    static let maximumPerUser = 16
    /// How often a quiet stream shows that it is alive, and finds out whether its client and its session are.
    static let heartbeatSeconds = 15.0
    /// How long a client waits before it comes back.
    private static let retryMilliseconds = 2000

    init(_ gateway: Gateway, _ waiters: Waiters, _ world: World, capacity: Int) {
        self.gateway = gateway
        self.waiters = waiters
        self.world = world
        self.capacity = capacity
    }

    var count: Int { open.withLock { $0.values.reduce(0, +) } }

    /// The body of a stream.
    /// - Parameter number: the event that the client has received last; nil for only those from now on.
    /// - Throws: ``APIFailure`` `too_many_streams`.
    func open(userID: String, token: String, after number: Int?) async throws -> HTTPStreamBody {
        try enter(userID)
        let place = Place(self, userID)
        // Read before the answer begins: what ends after the client has it is an event.
        let newest = try await gateway.pushEvents(userID: userID).checked().rows.last?[.number] ?? 0
        // A number that was never given out belongs to another store.
        let last = min(number ?? newest, newest)
        return { [self] writer in
            // The place is given back with the body, even when the body never runs.
            defer { _ = place }
            try await writer.write(ServerSentEvent.retry(milliseconds: Self.retryMilliseconds))
            _ = try await waiters.watching(userID) { wait in
                try await send(to: writer, userID, token, after: last, wait)
            }
        }
    }

    private func send(
        to writer: HTTPStreamWriter, _ userID: String, _ token: String, after number: Int,
        _ wait: (Double) async throws -> Bool
    ) async throws {
        var last = number
        var heartbeat = world.now().advanced(bySeconds: Self.heartbeatSeconds)
        repeat {
            // A service that does not answer now may answer later; the client keeps its place.
            let answer = try? await gateway.pushEvents(userID: userID, after: last)
            for fields in answer?.rows ?? [] {
                guard let number = fields[.number], number > last else { continue }
                let event = ServerSentEvent(id: "\(number)", name: "order", data: try Wire.event(fields).compact)
                try await writer.write(event.bytes)
                last = number
            }
            if world.now() >= heartbeat {
                guard try await gateway.userID(token: token) == userID else { return }
                try await writer.write(ServerSentEvent.comment)
                heartbeat = world.now().advanced(bySeconds: Self.heartbeatSeconds)
            }
        } while try await wait(max(0, heartbeat.seconds(since: world.now())))
    }

    /// A stream's place among those that may be open.
    private final class Place: Sendable {
        private let streams: PushStreams
        private let userID: String

        init(_ streams: PushStreams, _ userID: String) {
            self.streams = streams
            self.userID = userID
        }

        deinit { streams.leave(userID) }
    }

    private func enter(_ userID: String) throws {
        try open.withLock { open in
            guard open.values.reduce(0, +) < capacity, open[userID, default: 0] < Self.maximumPerUser else {
                throw APIFailure(429, "too_many_streams", "too many streams are open; close one, or wait")
            }
            open[userID, default: 0] += 1
        }
    }

    private func leave(_ userID: String) {
        open.withLock { open in
            let left = open[userID, default: 1] - 1
            open[userID] = left == 0 ? nil : left
        }
    }
}
