package import CommandLineKit
import JSONKit
import PaymentAPI

/// Every command, and the table that parsing, help, the manual page and completions come from.
package enum CommandRegistry {
    static let commands: [Command] = [
        Demo.command,
        PreorderCreate.command, PreorderShow.command,
        OrderList.command, OrderShow.command, OrderHistory.command, OrderStatusCommand.command, OrderCancel.command,
        OrderRefund.command,
        Pay.command,
        TaskList.command, TaskShow.command, TaskWhy.command, TaskSchedule.command, TaskRequeue.command,
        TaskCancel.command, TaskRun.command, TaskPauseCommand.command, TaskResumeCommand.command, TaskStats.command,
        TaskBackfill.command,
        Work.command,
        Explore.command,
        Simulate.command, SimulateList.command, SimulateShow.command,
        ReceiptList.command, ReceiptShow.command, ReceiptRender.command, ReceiptCheckCommand.command,
        ReceiptLink.command, ReceiptOpen.command,
        CashbackAuditCommand.command, CashbackShow.command, CashbackRulesList.command, CashbackRulesAdd.command,
        CashbackRulesEnd.command,
        RestaurantAdd.command, RestaurantSet.command, RestaurantList.command, RestaurantShow.command,
        RestaurantKey.command,
        Serve.command,
        EventsConsume.command, EventsList.command, EventsOutbox.command, EventsResend.command,
        OrderingDemo.command, OrderingServe.command,
        UserAdd.command, UserShow.command, UserLogin.command,
        AccountShow.command, AccountChange.deposit, AccountChange.withdraw,
        OrderingBasket.command, OrderingOrderCreate.command, OrderingOrderList.command, OrderingOrderShow.command,
        NotificationList.command,
        MessageList.command, MessageShow.command, MessageWhy.command, MessageChange.requeue, MessageChange.skip,
        OutboxResend.ofMessages, OutboxList.command, OutboxResend.ofOutbox,
        TopologyApply.command, TopologyShow.command, OrderingDoctor.command, BrokerCheck.command,
        OrderingTrace.command, OrderingCompare.command, OrderingExplore.command, OrderingContract.command,
        SandboxCommand.command, SandboxFaultAdd.command, SandboxFaultList.command, SandboxFaultClear.command,
        SandboxState.command, SandboxDecide.command,
        StoreInfo.command, StoreMigrate.command, StoreCheck.command, StoreCopyCommand.command,
        Doctor.command, ConfigCommand.command,
        CompletionCommand.command, ManCommand.command, VersionCommand.command,
    ]

    static func command(at path: [String]) -> Command? { commands.first { $0.spec.path == path } }

    package static let table = CommandTable(
        name: "qrpay", summary: "Pay restaurant bills by QR code, and manage the payments",
        version: Release.version,
        discussion: """
            A waiter closes an order in iiko; qrpay turns its bill into a signed deeplink for the QR code on the \
            check; any guest scans it and pays; the money is held, cashback accrued, the hold cleared; the fiscal \
            receipt is fetched, rendered to PDF and stored.

            Start with 'qrpay demo', which runs all of it on a store and partners of its own.
            """,
        groups: [
            GroupSpec(name: "preorder", summary: "Create orders from bills, and see them as the guest does"),
            GroupSpec(name: "order", summary: "Look at orders, cancel and refund them"),
            GroupSpec(name: "task", summary: "Inspect deferred tasks and requeue them"),
            GroupSpec(name: "receipt", summary: "List, render and check fiscal receipts"),
            GroupSpec(name: "cashback", summary: "Promise cashback, explain it, compare it with what was accrued"),
            GroupSpec(name: "restaurant", summary: "Register and manage restaurants"),
            GroupSpec(name: "ordering", summary: "Take orders on a broker, in four styles of communication"),
            GroupSpec(name: "ordering user", summary: "Register users of the ordering system, and log in"),
            GroupSpec(name: "ordering account", summary: "Look at accounts, and put money on them"),
            GroupSpec(name: "ordering order", summary: "Order, and look at orders"),
            GroupSpec(name: "ordering notification", summary: "Look at what users were told"),
            GroupSpec(name: "ordering message", summary: "Inspect messages between services, requeue and skip them"),
            GroupSpec(name: "ordering outbox", summary: "Inspect what services have sent, and send it again"),
            GroupSpec(name: "ordering topology", summary: "Make and show the queues that services need"),
            GroupSpec(name: "ordering broker", summary: "Check a broker"),
            GroupSpec(name: "events", summary: "Events of payments: what is sent to a broker, and who is notified"),
            GroupSpec(name: "store", summary: "Look at the store, update its schema, check it, move it elsewhere"),
            GroupSpec(name: "sandbox fault", summary: "Make the partners of a running sandbox misbehave"),
        ],
        globalOptions: GlobalOptions.all, commands: commands.map(\.spec), exitStatuses: ExitStatus.specs,
        environment: SettingReference.environment + [
            EnvironmentSpec(
                name: "QRPAY_ACTOR",
                summary: "The actor of refunds, cancellations, requeues and pauses; default the account's name"),
            EnvironmentSpec(name: "TZ", summary: "The time zone of dates and times without one"),
            EnvironmentSpec(name: "TMPDIR", summary: "Where temporary files go; default /tmp"),
            EnvironmentSpec(name: "NO_COLOR", summary: "When set, output has no color"),
            EnvironmentSpec(name: "XDG_DATA_HOME", summary: "The default location of the store"),
            EnvironmentSpec(name: "XDG_CONFIG_HOME", summary: "The default location of the configuration"),
        ],
        files: [
            FileSpec(path: "~/.local/share/qrpay/qrpay.db", summary: "The store, an SQLite database"),
            FileSpec(
                path: "~/.local/share/qrpay/deeplink-keys.json", summary: "The deeplink keys, next to the store"),
            FileSpec(path: "~/.local/share/qrpay/gateway-key", summary: "The gateway's key, next to the store"),
            FileSpec(path: "~/.config/qrpay/config.json", summary: "The configuration, JSON with comments"),
        ], references: [SettingReference.list])
}

/// Options that every command takes.
enum GlobalOptions {
    static let json = Option(flag: "json", summary: "Print JSON")
    static let store = SettingTable.flag(of: SettingTable.store)
    static let partners = SettingTable.flag(of: SettingTable.partnersURL)

    static let all: [any CommandOption] = [
        json, store, partners, SettingTable.flag(of: SettingTable.config), SettingTable.flag(of: SettingTable.profile),
    ]
}
