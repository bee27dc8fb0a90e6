import Glibc

// Measures the store on PostgreSQL; see README.md beside this folder.
guard let arguments = Arguments(CommandLine.arguments) else {
    print("usage: postgres-benchmark MEASUREMENT STORE [--name value]…")
    exit(2)
}
do {
    switch arguments.name {
    case "migrate": await (try await Bench(arguments)).close()
    case "engine": try await EngineMeasurement(arguments).run()
    case "enqueue": try await QueueMeasurement(arguments).enqueue()
    case "claim": try await QueueMeasurement(arguments).claim()
    case "fill": try await QueueMeasurement(arguments).fill()
    case "work": try await QueueMeasurement(arguments).work()
    case "depth": try await QueueMeasurement(arguments).depth()
    case "snapshot": try await QueueMeasurement(arguments).snapshot()
    case "finishes": try await QueueMeasurement(arguments).finishes()
    case "wake": try await WakeMeasurement(arguments).run()
    case "pay": try await PaymentMeasurement(arguments).run()
    case "stage": try await FaultMeasurement(arguments).stage()
    case "serve": try await FaultMeasurement(arguments).serve()
    default: throw Failure("unknown measurement \(arguments.name)")
    }
} catch {
    let message = "\(arguments.name): \(error)\n"
    write(2, message, message.utf8.count)
    exit(1)
}
