import MessagingKit

extension OrderingSnapshot {
    func forgottenWork() -> [String] {
        let waiting = work.compactMap { work -> String? in
            if !work.isStuck { return "\(work.service.rawValue) has not finished \(work.id)" }
            return work.error == nil ? "\(work.service.rawValue) does not say why \(work.id) is stuck" : nil
        }
        let unsent = sent.compactMap { row -> String? in
            switch row.state {
            case .sent: nil
            case .unsent: "\(row.sender.rawValue) has not sent \(row.message.id)"
            case .parked(let error):
                error == nil ? "\(row.sender.rawValue) does not say why \(row.message.id) is parked" : nil
            }
        }
        let pending =
            isWaitingForOperator
            ? []
            : orders.filter { $0.status == .pending }.map {
                "order \($0.id) is still pending"
            }
        return waiting + unsent + pending
    }

    func overtakenMessages() -> [String] {
        let rows = Dictionary(sent.map { ($0.message.id, $0) }, uniquingKeysWith: { first, _ in first })
        var last: [[String]: SentMessage] = [:]
        var broken: [String] = []
        for effect in effects {
            guard let row = rows[effect.messageID] else { continue }
            let lane = [effect.service.rawValue, row.sender.rawValue, row.message.key]
            if let earlier = last[lane], earlier.position >= row.position {
                broken.append(
                    "\(effect.service.rawValue) handled \(earlier.message.id) before \(row.message.id), "
                        + "\(row.sender.rawValue) sent them the other way round")
            }
            last[lane] = row
        }
        return broken
    }

    func messagesOutsideContract() -> [String] {
        sent.compactMap { row -> String? in
            do throws(ContractError) {
                let (type, _) = try Contract.decode(row.message, in: style)
                guard type.sender == row.sender else {
                    return "\(row.message.id): \(row.sender.rawValue) does not send \(type.rawValue)"
                }
                return nil
            } catch {
                return "\(row.message.id): \(error.message)"
            }
        }
    }
}

extension MessageType {
    /// The service that sends it. A payment is requested from billing, under billing's name, by the order service.
    package var sender: ServiceName {
        switch self {
        case .registrationRequested, .createOrder, .accountDeposit, .accountWithdraw: .gateway
        case .accountDepositSucceeded, .accountDepositFailed, .accountWithdrawSucceeded, .accountWithdrawFailed,
            .paymentCreated, .paymentFailed:
            .billing
        case .userCreated: .identity
        case .paymentRequired, .createPayment, .orderCreated, .orderSucceeded, .orderFailed: .order
        }
    }
}
