import Foundation

// Measures the ordering system; see README.md beside this folder.
guard let arguments = Arguments(CommandLine.arguments) else {
    let names = "throughput|latency|relay|receive|outage|kills|service|processes"
    print("usage: ordering-benchmark \(names) FOLDER [--name value]…")
    exit(2)
}
do {
    switch arguments.name {
    case "throughput": try await OrdersMeasurement(arguments: arguments).throughput()
    case "latency": try await OrdersMeasurement(arguments: arguments).latency()
    case "relay": try await CarriageMeasurement(arguments: arguments).relay()
    case "receive": try await CarriageMeasurement(arguments: arguments).receive()
    case "outage": try await FaultMeasurement(arguments: arguments).outage()
    case "kills": try await FaultMeasurement(arguments: arguments).kills()
    case "processes": try await FaultMeasurement(arguments: arguments).processes()
    case "service": try await FaultMeasurement(arguments: arguments).service()
    default: throw Failure("unknown measurement \(arguments.name)")
    }
} catch {
    print("\(arguments.name): \(error)")
    exit(1)
}
