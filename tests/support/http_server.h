// http_server.h: an HTTP server on loopback for tests: every request is a call of a function, in a
// thread of its own; connections are closed behind the answer.
#ifndef TESTS_HTTP_SERVER_H
#define TESTS_HTTP_SERVER_H

#include <stddef.h>
#include <stdint.h>

struct http_server;

struct http_question {
    char method[16], target[4000];
    char head[12000]; // the header lines
    int fd;
    uint16_t port; // that it came to
};

// A header's value in `room`; "" when there is none.
const char *http_header(const struct http_question *q, const char *name, char room[500]);

// Status line and headers: `headers` are whole lines, each with \r\n at its end.
void http_answer(const struct http_question *q, int status, const char *headers);
// Bytes of the body; a reader that went away is no trouble.
void http_send(const struct http_question *q, const void *bytes, size_t n);

struct http_server *http_server_start(void (*answer)(void *arg, const struct http_question *q),
                                      void *arg);
uint16_t http_server_port(const struct http_server *s);
void http_server_stop(struct http_server *s); // when no request is under way

#endif
