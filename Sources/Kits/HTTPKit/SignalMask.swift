import Glibc

/// Runs `body` with the signals that come from outside blocked, for the threads it starts to inherit.
///
/// Those signals then reach only the threads the program made for them, and a write to a closed socket is an error
/// instead of `SIGPIPE`. A thread's own faults stay open, so that a crash is still reported.
func withSignalsBlocked<Value>(_ body: () -> Value) -> Value {
    var blocked = sigset_t()
    var former = sigset_t()
    sigfillset(&blocked)
    for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT] { sigdelset(&blocked, fault) }
    pthread_sigmask(SIG_BLOCK, &blocked, &former)
    defer { pthread_sigmask(SIG_SETMASK, &former, nil) }
    return body()
}
