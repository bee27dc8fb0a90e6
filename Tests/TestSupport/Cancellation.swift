/// Waits for nothing but being cancelled.
package func untilCancelled() async {
    let (signals, continuation) = AsyncStream<Void>.makeStream()
    for await _ in signals {}
    continuation.finish()
}
