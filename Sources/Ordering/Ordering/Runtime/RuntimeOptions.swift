package import MessagingKit
package import OrderingCore
package import QueueKit

extension OrderingRuntime {
    /// Settings of a runtime; the defaults suit a server.
    package struct Options: Sendable {
        /// The maximum wait of a client's request for its outcome, and of a service's request for its answer.
        package var answerSeconds = 5.0
        /// The interval at which each service polls for commits of other processes.
        package var pollSeconds = 0.5
        /// The maximum number of a service's tasks that run at the same time.
        package var concurrency = 64
        /// The maximum time for running tasks to finish after a stop.
        package var graceSeconds = 10.0
        /// The maximum time for sending messages after a stop; the next process sends the rest.
        package var flushSeconds = 5.0
        /// Called with events; those of one service arrive in order.
        package var report: @Sendable (Event) async -> Void = { _ in }

        package init() {}
    }

    /// An event that a runtime reports.
    package enum Event: Sendable {
        /// A service subscribed, received messages, or failed to.
        case receiver(ServiceName, Receiver.Event)
        /// A service sent messages, or failed to.
        case relay(ServiceName, Relay.Pass)
        /// An attempt of a service's task ended.
        case attempt(ServiceName, Worker.Attempt)
        /// A service's queue cannot be used; it is tried again.
        case queueFailed(ServiceName, any Error)
        /// The topology could not be applied; it is tried again.
        case brokerFailed(any Error)
    }
}
