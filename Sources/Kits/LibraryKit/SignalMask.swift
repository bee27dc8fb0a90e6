import Glibc

/// Runs `body` with asynchronous signals blocked; threads it starts inherit the mask.
///
/// Those signals then reach only the threads meant to handle them, and writing to a closed socket is an error instead
/// of `SIGPIPE`. Synchronous faults stay unblocked, so that a crash is still reported.
package func withSignalsBlocked<Value>(_ body: () -> Value) -> Value {
    var blocked = sigset_t()
    var former = sigset_t()
    sigfillset(&blocked)
    for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT] { sigdelset(&blocked, fault) }
    pthread_sigmask(SIG_BLOCK, &blocked, &former)
    defer { pthread_sigmask(SIG_SETMASK, &former, nil) }
    return body()
}
