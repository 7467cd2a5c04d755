// http_server.c: sockets and threads of the tests' HTTP server.
#include "support/http_server.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct http_server {
    int fd;
    uint16_t port;
    pthread_t thread;
    void (*answer)(void *arg, const struct http_question *q);
    void *arg;
    atomic_int busy;
};

struct visit {
    struct http_server *server;
    int fd;
};

const char *http_header(const struct http_question *q, const char *name, char room[500])
{
    const size_t len = strlen(name);
    room[0] = 0;
    for (const char *line = q->head; line && *line; line = strchr(line, '\n')) {
        if (*line == '\n') line++;
        if (strncasecmp(line, name, len) != 0 || line[len] != ':') continue;
        const char *value = line + len + 1 + strspn(line + len + 1, " ");
        snprintf(room, 500, "%.*s", (int)strcspn(value, "\r\n"), value);
        break;
    }
    return room;
}

void http_send(const struct http_question *q, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0) {
        const ssize_t put = send(q->fd, at, n, MSG_NOSIGNAL);
        if (put <= 0) return;
        at += put;
        n -= (size_t)put;
    }
}

void http_answer(const struct http_question *q, int status, const char *headers)
{
    char head[8000];
    const int n = snprintf(head, sizeof head, "HTTP/1.1 %d X\r\nConnection: close\r\n%s\r\n",
                           status, headers);
    http_send(q, head, (size_t)n);
}

// Reads to the empty line. A request here has no body.
static int read_head(struct http_question *q)
{
    char all[16000];
    size_t len = 0;
    while (len < sizeof all - 1) {
        const ssize_t got = recv(q->fd, all + len, sizeof all - 1 - len, 0);
        if (got <= 0) return 0;
        len += (size_t)got;
        all[len] = 0;
        if (!strstr(all, "\r\n\r\n")) continue;
        const char *lines = strchr(all, '\n') + 1;
        snprintf(q->head, sizeof q->head, "%s", lines);
        return sscanf(all, "%15s %3999s", q->method, q->target) == 2;
    }
    return 0;
}

static void *serve(void *arg)
{
    struct visit *v = arg;
    struct http_question q = {.fd = v->fd, .port = v->server->port};
    if (read_head(&q)) v->server->answer(v->server->arg, &q);
    shutdown(v->fd, SHUT_WR);
    char rest[100];
    while (recv(v->fd, rest, sizeof rest, 0) > 0) {
    } // so that what was sent is not lost in a reset
    close(v->fd);
    atomic_fetch_sub(&v->server->busy, 1);
    free(v);
    return NULL;
}

static void *listen_on(void *arg)
{
    struct http_server *s = arg;
    for (;;) {
        const int fd = accept(s->fd, NULL, NULL);
        if (fd < 0) return NULL;
        struct visit *v = malloc(sizeof *v);
        pthread_t thread;
        if (!v) abort();
        *v = (struct visit){s, fd};
        atomic_fetch_add(&s->busy, 1);
        if (pthread_create(&thread, NULL, serve, v)) abort();
        pthread_detach(thread);
    }
}

struct http_server *http_server_start(void (*answer)(void *arg, const struct http_question *q),
                                      void *arg)
{
    struct http_server *s = calloc(1, sizeof *s);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    if (!s) abort();
    *s = (struct http_server){
        .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .answer = answer, .arg = arg};
    if (bind(s->fd, (struct sockaddr *)&at, sizeof at) || listen(s->fd, 64) ||
        getsockname(s->fd, (struct sockaddr *)&at, &size)) {
        perror("loopback");
        abort();
    }
    s->port = ntohs(at.sin_port);
    if (pthread_create(&s->thread, NULL, listen_on, s)) abort();
    return s;
}

uint16_t http_server_port(const struct http_server *s)
{
    return s->port;
}

void http_server_stop(struct http_server *s)
{
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->fd);
    while (atomic_load(&s->busy) > 0) usleep(1000);
    free(s);
}
