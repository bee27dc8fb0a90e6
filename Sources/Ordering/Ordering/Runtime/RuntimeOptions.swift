package import MessagingKit
package import OrderingCore
package import QueueKit

extension OrderingRuntime {
    /// How a runtime works; the defaults suit a server.
    package struct Options: Sendable {
        /// How long a client's request waits for its outcome, and a request of a service for its answer.
        package var answerSeconds = 5.0
        /// How often each service looks for what other processes have committed.
        package var pollSeconds = 0.5
        /// How many tasks of a service run at the same time.
        package var concurrency = 64
        /// How long running tasks may go on after a stop.
        package var graceSeconds = 10.0
        /// How long unsent messages are still sent after a stop; the next process sends the rest.
        package var flushSeconds = 5.0
        /// Called with what happens, in the order of each service.
        package var report: @Sendable (Event) async -> Void = { _ in }

        package init() {}
    }

    /// What a runtime tells its process.
    package enum Event: Sendable {
        /// A service receives messages, has received some, or cannot.
        case receiver(ServiceName, Receiver.Event)
        /// A service has sent messages, or cannot.
        case relay(ServiceName, Relay.Pass)
        /// A task of a service has ended.
        case attempt(ServiceName, Worker.Attempt)
        /// A service's queue cannot be used; it is tried again.
        case queueFailed(ServiceName, any Error)
        /// The broker cannot be prepared; it is tried again.
        case brokerFailed(any Error)
    }
}
