/// The types of messages, by their names on the wire.
package enum MessageType: String, CaseIterable, Codable, Sendable {
    case registrationRequested = "Gateway/RegistrationRequested"
    case createOrder = "Gateway/CreateOrder"
    case accountDeposit = "Gateway/BillingAccountDeposit"
    case accountWithdraw = "Gateway/BillingAccountWithdraw"
    // The spelling is that of the published contract.
    case accountDepositSucceeded = "Billing/BillingAccountDepositSucceded"
    case accountDepositFailed = "Billing/BillingAccountDepositFailed"
    case accountWithdrawSucceeded = "Billing/BillingAccountWithdrawSucceded"
    case accountWithdrawFailed = "Billing/BillingAccountWithdrawFailed"
    case userCreated = "Identity/UserCreated"
    case paymentRequired = "Order/PaymentRequired"
    case createPayment = "Billing/CreatePayment"
    case paymentCreated = "Billing/PaymentCreated"
    case paymentFailed = "Billing/PaymentFailed"
    case orderCreated = "Order/OrderCreated"
    case orderSucceeded = "Order/OrderSucceeded"
    case orderFailed = "Order/OrderFailed"
}
