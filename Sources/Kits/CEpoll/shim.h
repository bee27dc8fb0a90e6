#pragma once

// Parts of the C library missing from Swift's Glibc module: epoll(7), eventfd(2) and accept4(2).
//
// <sys/socket.h> is not included: its types would then belong to this module instead of Glibc. Linux defines
// SOCK_CLOEXEC and SOCK_NONBLOCK as O_CLOEXEC and O_NONBLOCK, and SOCK_STREAM as 1.

#include <fcntl.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

static const uint32_t CEPOLL_READABLE = EPOLLIN;
static const uint32_t CEPOLL_WRITABLE = EPOLLOUT;
static const uint32_t CEPOLL_BROKEN = EPOLLERR | EPOLLHUP;

static inline int cepoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

/// Reports `events` with `number`, level-triggered.
static inline int cepoll_add(int epoll, int descriptor, uint32_t events, uint64_t number) {
    struct epoll_event event = {.events = events, .data = {.u64 = number}};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}
/// Like `cepoll_add` for a socket that several threads accept from: an event wakes one of them.
static inline int cepoll_add_shared(int epoll, int descriptor, uint64_t number) {
    return cepoll_add(epoll, descriptor, EPOLLIN | EPOLLEXCLUSIVE, number);
}
static inline int cepoll_change(int epoll, int descriptor, uint32_t events, uint64_t number) {
    struct epoll_event event = {.events = events, .data = {.u64 = number}};
    return epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event);
}
static inline int cepoll_remove(int epoll, int descriptor) { return epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, 0); }

static inline int cepoll_make_alarm(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

/// Non-blocking and close-on-exec.
static inline int cepoll_accept(int listener, void *peer, uint32_t *size) {
    return (int)syscall(SYS_accept4, listener, peer, size, O_CLOEXEC | O_NONBLOCK);
}
/// A TCP socket of that family with the flags of `cepoll_accept`.
static inline int cepoll_socket(int family) {
    return (int)syscall(SYS_socket, family, 1 | O_CLOEXEC | O_NONBLOCK, 0);
}
