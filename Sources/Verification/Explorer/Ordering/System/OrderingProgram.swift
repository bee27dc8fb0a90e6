import MessagingKit
import Ordering
import OrderingCore
import SQLKit

/// What one process of the ordering system does, from its start to its end.
enum OrderingProgram: ExploredProgram {
    /// Before everything else.
    case register(user: Int)
    /// Number 0 comes before everything else.
    case deposit(user: Int, number: Int)
    /// Before everything else.
    case openBasket(user: Int)
    case press(user: Int, number: Int)
    /// A service's worker runs the oldest due task.
    case work(ServiceName)
    /// A service's relay sends the oldest unsent message.
    case relay(ServiceName)
    /// A service receives a message.
    case receive(ServiceName, Message)
    /// A service handles a request of another.
    case serve(ServiceRequest)
    /// A service that has started again takes back the tasks of the process that died.
    case rescue(ServiceName)

    var name: String {
        switch self {
        case .register(let user): "register-\(user + 1)"
        case .deposit(let user, let number): "deposit-\(user + 1).\(number)"
        case .openBasket(let user): "basket-\(user + 1)"
        case .press(let user, let number): "press-\(user + 1).\(number)"
        case .work(let service): "\(service.rawValue) worker"
        case .relay(let service): "\(service.rawValue) relay"
        case .receive(let service, let message): "\(service.rawValue) receiver \(message.id)"
        case .serve(let request): "\(request.endpoint.service.rawValue) server \(request.id)"
        case .rescue(let service): "\(service.rawValue) rescue"
        }
    }
}

/// A request of production code to its environment: the unit of scheduling.
enum OrderingEffect: Sendable {
    /// A transaction of a service's store.
    case transaction(ServiceName, isReadOnly: Bool, @Sendable (any SQLConnection) throws -> any Sendable)
    /// A request to another service.
    case request(ServiceRequest)
    case publish(Message)
    /// The broker may forget the message that is being received.
    case acknowledge
    /// Waits until the service's store has changed.
    case news(ServiceName)
}

/// How a process ended.
enum OrderingOutcome: Hashable, Sendable {
    /// With a word that the stores do not show.
    case done(String)
    /// What another service is answered.
    case answer(ServiceAnswer)
    /// What a client is answered to an order.
    case order(OrderingSnapshot.ClientAnswer)
}

typealias OrderingTree = HistoryTree<OrderingProgram, OrderingEffect, OrderingOutcome>
