// publish PORT COUNT WINDOW: publishes as the relay does, with librabbitmq alone: persistent, mandatory, and confirmed,
// at most WINDOW bytes unconfirmed. Prints messages a second.
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void expect(int isRight, const char *what) {
    if (isRight) return;
    fprintf(stderr, "publish: %s\n", what);
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static amqp_bytes_t text(char *buffer, const char *format, long number) {
    sprintf(buffer, format, number);
    return amqp_cstring_bytes(buffer);
}

int main(int count, char **words) {
    expect(count == 4, "usage: publish PORT COUNT WINDOW");
    long total = atol(words[2]), window = atol(words[3]);
    amqp_connection_state_t connection = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(connection);
    expect(amqp_socket_open(socket, "127.0.0.1", atoi(words[1])) == AMQP_STATUS_OK, "cannot connect");
    expect(
        amqp_login(connection, "/", 0, AMQP_DEFAULT_FRAME_SIZE, 10, AMQP_SASL_METHOD_PLAIN, "guest", "guest").reply_type
            == AMQP_RESPONSE_NORMAL, "cannot log in");
    expect(amqp_channel_open(connection, 1) != NULL && amqp_confirm_select(connection, 1) != NULL, "no channel");
    // What the messages of Carriage.swift have.
    char id[64], key[64], correlation[64], cause[64], body[256];
    amqp_table_entry_t headers[3];
    memset(headers, 0, sizeof headers);
    const char *names[] = {"key", "causation", "version"};
    for (int i = 0; i < 3; i++) {
        headers[i].key = amqp_cstring_bytes(names[i]);
        headers[i].value.kind = AMQP_FIELD_KIND_UTF8;
    }
    long sent = 0, confirmed = 0, bytes = 0;
    long *sizes = calloc(total + 1, sizeof *sizes);
    double begin = now();
    while (confirmed < total) {
        while (sent < total && (sent == confirmed || bytes < window)) {
            amqp_basic_properties_t properties = {0};
            properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_TYPE_FLAG
                | AMQP_BASIC_CORRELATION_ID_FLAG | AMQP_BASIC_HEADERS_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG;
            properties.delivery_mode = 2;
            properties.content_type = amqp_cstring_bytes("application/json");
            properties.type = amqp_cstring_bytes("Order/OrderSucceeded");
            properties.message_id = text(id, "m-%ld", sent);
            properties.correlation_id = text(correlation, "c-%ld", sent);
            headers[0].value.value.bytes = text(key, "o-%ld", sent);
            headers[1].value.value.bytes = text(cause, "m-%ld", sent - 1);
            headers[2].value.value.bytes = amqp_cstring_bytes("1");
            properties.headers.num_entries = 3;
            properties.headers.entries = headers;
            sprintf(
                body, "{\"orderId\":\"o-%ld\",\"userId\":\"u-%ld\",\"price\":1000,\"basketId\":\"b-%ld\"}", sent,
                sent % 100, sent);
            expect(
                amqp_basic_publish(
                    connection, 1, amqp_cstring_bytes("bench"), amqp_cstring_bytes("Order/OrderSucceeded"), 1, 0,
                    &properties, amqp_cstring_bytes(body)) == AMQP_STATUS_OK, "cannot publish");
            sent++;
            // Counted as in the relay's publisher: the body, the envelope with the type twice, the exchange, and 200
            // bytes for the frames.
            sizes[sent] =
                strlen(body) + strlen(id) + strlen(key) + strlen(correlation) + strlen(cause) + 2 * 20 + 5 + 200;
            bytes += sizes[sent];
        }
        amqp_frame_t frame;
        amqp_maybe_release_buffers(connection);
        expect(amqp_simple_wait_frame(connection, &frame) == AMQP_STATUS_OK, "lost the connection");
        if (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD) continue;
        amqp_basic_ack_t *ack = frame.payload.method.decoded;
        // Confirms of a quorum queue come in order.
        long upTo = (long)ack->delivery_tag;
        for (long tag = ack->multiple ? confirmed + 1 : upTo; tag <= upTo; tag++) {
            bytes -= sizes[tag];
            if (!ack->multiple) confirmed++;
        }
        if (ack->multiple) confirmed = upTo;
    }
    printf("librabbitmq alone, window %ld\t%.1f\tmessages/s\n", window, total / (now() - begin));
    amqp_connection_close(connection, AMQP_REPLY_SUCCESS);
    return 0;
}
