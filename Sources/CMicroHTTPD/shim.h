/*
 * libmicrohttpd, opened on first use: a process that serves nothing does not load it.
 *
 * Every function here finds its symbol once and calls it. Whoever uses them opens CMHD_LIBRARY first
 * and makes sure that it has CMHD_NEWEST_SYMBOL; after that no lookup can fail.
 */
#pragma once

#include <microhttpd.h>
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>

#define CMHD_LIBRARY "libmicrohttpd.so.12"
#define CMHD_NEWEST_SYMBOL "MHD_get_connection_values_n"

static inline void *cmhd_symbol(const char *name) {
    void *library = dlopen(CMHD_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    return library ? dlsym(library, name) : 0;
}

/* The address of `function` in the opened library. Threads that race here store the same value. */
#define CMHD_FIND(function) \
    ({ \
        static __typeof__(&function) known; \
        __typeof__(&function) address = __atomic_load_n(&known, __ATOMIC_ACQUIRE); \
        if (!address) { \
            address = (__typeof__(&function))cmhd_symbol(#function); \
            __atomic_store_n(&known, address, __ATOMIC_RELEASE); \
        } \
        address; \
    })

static inline const char *cmhd_version(void) { return CMHD_FIND(MHD_get_version)(); }

/* Called with the request target as it came, before the library touches it; its result is the request's context. */
typedef void *(*cmhd_target_callback)(void *context, const char *target, struct MHD_Connection *connection);
/* Decodes in place; ours leaves everything as it came. */
typedef size_t (*cmhd_unescape_callback)(void *context, struct MHD_Connection *connection, char *text);

struct cmhd_settings {
    int listening_socket;
    unsigned int threads;
    unsigned int connections;
    unsigned int connections_per_address;
    unsigned int idle_seconds;
    size_t memory_per_connection;
    void *context;
    cmhd_target_callback target;
    cmhd_unescape_callback unescape;
    MHD_AccessHandlerCallback request;
    MHD_RequestCompletedCallback completed;
};

/*
 * MHD_start_daemon is variadic. Polling is by poll(2): the library's epoll mode stalls when many sockets
 * become ready at once.
 */
static inline struct MHD_Daemon *cmhd_start_daemon(const struct cmhd_settings *settings) {
    return CMHD_FIND(MHD_start_daemon)(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, 0, 0, settings->request, settings->context,
        MHD_OPTION_LISTEN_SOCKET, settings->listening_socket,
        MHD_OPTION_THREAD_POOL_SIZE, settings->threads,
        MHD_OPTION_CONNECTION_LIMIT, settings->connections,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, settings->connections_per_address,
        MHD_OPTION_CONNECTION_TIMEOUT, settings->idle_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, settings->memory_per_connection,
        MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_URI_LOG_CALLBACK, settings->target, settings->context,
        MHD_OPTION_UNESCAPE_CALLBACK, settings->unescape, settings->context,
        MHD_OPTION_NOTIFY_COMPLETED, settings->completed, settings->context,
        MHD_OPTION_END);
}

/* Stops accepting; the listening socket is the caller's again. */
static inline MHD_socket cmhd_quiesce_daemon(struct MHD_Daemon *daemon) {
    return CMHD_FIND(MHD_quiesce_daemon)(daemon);
}
/* Waits for the daemon's threads; no connection may be suspended any more. */
static inline void cmhd_stop_daemon(struct MHD_Daemon *daemon) { CMHD_FIND(MHD_stop_daemon)(daemon); }

static inline void cmhd_suspend(struct MHD_Connection *connection) { CMHD_FIND(MHD_suspend_connection)(connection); }
static inline void cmhd_resume(struct MHD_Connection *connection) { CMHD_FIND(MHD_resume_connection)(connection); }

/* Calls `each` with every header field of the request; returns their number. */
static inline int cmhd_headers(struct MHD_Connection *connection, MHD_KeyValueIteratorN each, void *context) {
    return CMHD_FIND(MHD_get_connection_values_n)(connection, MHD_HEADER_KIND, each, context);
}

/* Writes the peer's IP address as text; returns NULL when it is not known. */
static inline const char *cmhd_peer(struct MHD_Connection *connection, char *text, socklen_t size) {
    const union MHD_ConnectionInfo *info =
        CMHD_FIND(MHD_get_connection_info)(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *peer = info ? info->client_addr : 0;
    if (!peer) return 0;
    const void *address = peer->sa_family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)peer)->sin6_addr
                                                      : (const void *)&((const struct sockaddr_in *)peer)->sin_addr;
    return inet_ntop(peer->sa_family, address, text, size);
}

/* Copies `size` bytes at `bytes`. */
static inline struct MHD_Response *cmhd_response(const void *bytes, size_t size) {
    return CMHD_FIND(MHD_create_response_from_buffer)(size, (void *)bytes, MHD_RESPMEM_MUST_COPY);
}
static inline struct MHD_Response *cmhd_streamed_response(
    uint64_t size, MHD_ContentReaderCallback read, void *context, MHD_ContentReaderFreeCallback release) {
    return CMHD_FIND(MHD_create_response_from_callback)(size, 4096, read, context, release);
}
static inline enum MHD_Result cmhd_add_header(struct MHD_Response *response, const char *name, const char *value) {
    return CMHD_FIND(MHD_add_response_header)(response, name, value);
}
static inline enum MHD_Result cmhd_queue(
    struct MHD_Connection *connection, unsigned int status, struct MHD_Response *response) {
    return CMHD_FIND(MHD_queue_response)(connection, status, response);
}
static inline void cmhd_release(struct MHD_Response *response) { CMHD_FIND(MHD_destroy_response)(response); }
