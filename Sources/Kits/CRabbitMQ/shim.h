#pragma once

// librabbitmq, opened on first use: types and constants come from its headers, the functions are looked up in the
// shared library. Nothing of it is thread-safe: a connection is used by one thread.

#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <string.h>
#include <sys/time.h>

#include "../CLibrary/functions.h"

#define CRABBITMQ_LIBRARY "librabbitmq.so.4"

#define RABBITMQ_FUNCTIONS(F) \
    F(amqp_basic_ack) \
    F(amqp_basic_cancel) \
    F(amqp_basic_consume) \
    F(amqp_basic_publish) \
    F(amqp_basic_qos) \
    F(amqp_channel_close) \
    F(amqp_channel_open) \
    F(amqp_confirm_select) \
    F(amqp_connection_close) \
    F(amqp_data_in_buffer) \
    F(amqp_destroy_connection) \
    F(amqp_error_string2) \
    F(amqp_exchange_declare) \
    F(amqp_exchange_delete) \
    F(amqp_frames_enqueued) \
    F(amqp_get_rpc_reply) \
    F(amqp_get_server_properties) \
    F(amqp_get_sockfd) \
    F(amqp_login_with_properties) \
    F(amqp_maybe_release_buffers_on_channel) \
    F(amqp_new_connection) \
    F(amqp_queue_bind) \
    F(amqp_queue_declare) \
    F(amqp_queue_delete) \
    F(amqp_send_method) \
    F(amqp_set_handshake_timeout) \
    F(amqp_set_rpc_timeout) \
    F(amqp_simple_wait_frame_noblock) \
    F(amqp_socket_open_noblock) \
    F(amqp_tcp_socket_new) \
    F(amqp_version)

/// The functions of librabbitmq in use, under their C names.
CLIBRARY_TABLE(RabbitMQFunctions, crabbitmq_function_name, RABBITMQ_FUNCTIONS)

// The header's macros cast, which Swift does not import.
static const uint32_t CRABBITMQ_CONNECTION_CLOSE = AMQP_CONNECTION_CLOSE_METHOD;
static const uint32_t CRABBITMQ_CONNECTION_CLOSE_OK = AMQP_CONNECTION_CLOSE_OK_METHOD;
static const uint32_t CRABBITMQ_CONNECTION_BLOCKED = AMQP_CONNECTION_BLOCKED_METHOD;
static const uint32_t CRABBITMQ_CONNECTION_UNBLOCKED = AMQP_CONNECTION_UNBLOCKED_METHOD;
static const uint32_t CRABBITMQ_CHANNEL_CLOSE = AMQP_CHANNEL_CLOSE_METHOD;
static const uint32_t CRABBITMQ_CHANNEL_CLOSE_OK = AMQP_CHANNEL_CLOSE_OK_METHOD;
static const uint32_t CRABBITMQ_BASIC_ACK = AMQP_BASIC_ACK_METHOD;
static const uint32_t CRABBITMQ_BASIC_NACK = AMQP_BASIC_NACK_METHOD;
static const uint32_t CRABBITMQ_BASIC_RETURN = AMQP_BASIC_RETURN_METHOD;
static const uint32_t CRABBITMQ_BASIC_DELIVER = AMQP_BASIC_DELIVER_METHOD;
static const uint32_t CRABBITMQ_BASIC_CANCEL = AMQP_BASIC_CANCEL_METHOD;

/// A true entry of a table.
static inline amqp_table_entry_t crabbitmq_capability(const char *_Nonnull name) {
    amqp_table_entry_t entry = {.key = {strlen(name), (void *)name}};
    entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
    entry.value.value.boolean = 1;
    return entry;
}

/// Logs in with a password. The library itself does not declare the capabilities without which a broker tells neither
/// of a deleted queue nor that it is short of memory.
static inline amqp_rpc_reply_t crabbitmq_login(
    const RabbitMQFunctions *_Nonnull functions, amqp_connection_state_t _Nonnull connection,
    const char *_Nonnull virtual_host, int heartbeat, const char *_Nonnull user, const char *_Nonnull password) {
    amqp_table_entry_t capabilities[] = {
        crabbitmq_capability("basic.nack"),
        crabbitmq_capability("connection.blocked"),
        crabbitmq_capability("consumer_cancel_notify"),
        crabbitmq_capability("publisher_confirms"),
    };
    amqp_table_entry_t entry = {.key = {strlen("capabilities"), (void *)"capabilities"}};
    entry.value.kind = AMQP_FIELD_KIND_TABLE;
    entry.value.value.table.num_entries = sizeof capabilities / sizeof *capabilities;
    entry.value.value.table.entries = capabilities;
    amqp_table_t properties = {1, &entry};
    return functions->amqp_login_with_properties(
        connection, virtual_host, 0, AMQP_DEFAULT_FRAME_SIZE, heartbeat, &properties, AMQP_SASL_METHOD_PLAIN, user,
        password);
}
