// input.c: records from files.
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

void input_open(struct input *in, const struct options *o)
{
    *in = (struct input){.o = o, .fd = -1, .chunk = 1 << 16};
    buf_init(&in->buffer);
}

static void close_file(struct input *in)
{
    if (in->fd > STDIN_FILENO) close(in->fd);
    in->fd = -1;
}

void input_close(struct input *in)
{
    close_file(in);
    buf_release(&in->buffer);
}

static enum input_event open_format(struct input *in, const char *name)
{
    const struct options *o = in->o;
    const enum input_kind kind = in->plain ? INPUT_TEXT : (enum input_kind)o->input_format;
    in->format = input_format(kind, name);
    if (!columns_parse(&in->columns, o->columns, in->labels)) {
        say_error("--columns %s: must be %s", o->columns,
                  in->labels ? "three names with commas between them: text, text_pair, label"
                             : "a name, or two with a comma between them");
        return INPUT_FAILED;
    }
    if (o->columns && in->format == input_format(INPUT_TEXT, "")) {
        say_error("%s: --columns is for tsv, csv and jsonl (--input-format)", in->name);
        return INPUT_FAILED;
    }
    in->named = !input_format_header(in->format, &in->columns);
    return INPUT_ITEM;
}

// Opens the next file; standard input when none was named. False when there is no more.
static enum input_event open_next(struct input *in)
{
    const struct options *o = in->o;
    const size_t files = o->n_inputs ? o->n_inputs : 1;
    if (in->next >= files) return INPUT_END;
    const char *name = o->n_inputs ? o->inputs[in->next] : "-";
    in->next++;
    const bool standard = strcmp(name, "-") == 0;
    in->name = standard ? "standard input" : name;
    in->fd = standard ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
    if (in->fd < 0) {
        say_error("%s: %s", name, strerror(errno));
        return INPUT_FAILED;
    }
    if (standard && isatty(STDIN_FILENO) && !o->quiet) {
        fprintf(stderr, "bert: reading from the terminal, an item a line; end with Ctrl-D\n");
    }
    buf_clear(&in->buffer);
    in->start = in->searched = in->line = in->lines = 0;
    in->ended = in->quoted = false;
    in->first = true;
    return open_format(in, name);
}

// Would reading block?
static bool readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) != 0;
}

// Reads more bytes behind those that are there, which move to the buffer's start first.
static enum input_event read_more(struct input *in)
{
    struct buf *b = &in->buffer;
    if (in->start) {
        memmove(b->data, b->data + in->start, b->len - in->start);
        b->len -= in->start;
        in->searched -= in->start;
        in->start = 0;
    }
    char *room = buf_reserve(b, in->chunk);
    if (!room) {
        say_error("%s: line %zu: no memory for its %zu bytes", in->name, in->lines + 1, b->len);
        return INPUT_FAILED;
    }
    ssize_t n;
    do n = read(in->fd, room, in->chunk);
    while (n < 0 && errno == EINTR);
    if (n < 0) {
        say_error("%s: %s", in->name, strerror(errno));
        return INPUT_FAILED;
    }
    b->len += (size_t)n;
    in->ended = n == 0;
    return INPUT_ITEM;
}

static void drop_mark(struct input *in)
{
    if (in->first && in->buffer.len >= 3 && memcmp(in->buffer.data, "\xEF\xBB\xBF", 3) == 0) {
        in->start = 3;
        if (in->searched < 3) in->searched = 3;
    }
    in->first = false;
}

// Gives out the bytes up to `end`, of which the last `skip` are the record's end.
static enum input_event give(struct input *in, size_t end, size_t skip, struct bert_text *record)
{
    const char *bytes = in->buffer.data + in->start;
    size_t len = end - in->start;
    in->line = in->lines + 1;
    in->lines++;
    for (size_t i = 0; in->format->quotes && i < len; i++) in->lines += bytes[i] == '\n';
    if (skip && len && bytes[len - 1] == '\r') len--;
    *record = (struct bert_text){bytes, len};
    in->start = in->searched = end + skip;
    in->quoted = false;
    in->lent = true;
    return INPUT_ITEM;
}

// The next record of the open file; INPUT_END at its end.
static enum input_event next_record(struct input *in, bool may_wait, struct bert_text *record)
{
    for (;;) {
        struct buf *b = &in->buffer;
        if (in->first && (b->len >= 3 || in->ended)) drop_mark(in);
        const char *end = !in->first && b->len > in->searched
                              ? input_format_end(in->format, b->data + in->searched,
                                                 b->data + b->len, &in->quoted)
                              : NULL;
        if (end) return give(in, (size_t)(end - b->data), 1, record);
        if (!in->first) in->searched = b->len;
        if (in->ended && b->len > in->start) return give(in, b->len, 0, record);
        if (in->ended) return INPUT_END;
        if ((in->lasting && in->lent) || (!may_wait && !readable(in->fd))) {
            in->lent = false;
            return INPUT_WAIT;
        }
        if (read_more(in) == INPUT_FAILED) return INPUT_FAILED;
    }
}

// The next item of the open file, in the bytes of its record.
static enum input_event next_item(struct input *in, bool may_wait, struct input_item *item)
{
    for (;;) {
        struct bert_text record;
        bert_error err;
        const enum input_event event = next_record(in, may_wait, &record);
        if (event != INPUT_ITEM) return event;
        char *bytes = in->buffer.data + (record.data - in->buffer.data);
        const bool header = !in->named;
        bool good =
            header ? columns_find(&in->columns, in->format, bytes, record.len, &err)
                   : input_format_read(in->format, &in->columns, bytes, record.len, item, &err);
        if (good && !header && item->words && !in->words) {
            good = false;
            fail(&err, BERT_FORMAT, "words: this command takes texts, not lists of words");
        }
        if (!good) {
            say_error("%s: line %zu: %s", in->name, in->line, err.message);
            return INPUT_FAILED;
        }
        if (!header) return INPUT_ITEM;
        in->named = true;
    }
}

size_t input_index(const struct options *o, size_t i)
{
    return o->shard.of ? i * o->shard.of + o->shard.number - 1 : i;
}

// The next item of all that there are.
static enum input_event next_of_all(struct input *in, bool may_wait, struct input_item *item)
{
    if (in->o->n_texts) {
        if (in->next >= in->o->n_texts) return INPUT_END;
        const char *text = in->o->texts[in->next++];
        *item = (struct input_item){.parts = {{text, strlen(text)}}};
        return INPUT_ITEM;
    }
    for (;;) {
        if (in->fd < 0) {
            const enum input_event event = open_next(in);
            if (event != INPUT_ITEM) return event;
        }
        const enum input_event event = next_item(in, may_wait, item);
        if (event != INPUT_END) return event;
        close_file(in);
    }
}

bool input_split(struct bert_text *item, struct bert_text *second, const char *mark)
{
    const size_t len = strlen(mark);
    for (size_t i = item->len; i >= len; i--) {
        if (memcmp(item->data + i - len, mark, len) != 0) continue;
        *second = (struct bert_text){item->data + i, item->len - i};
        item->len = i - len;
        return true;
    }
    return false;
}

enum input_event input_next(struct input *in, bool may_wait, struct bert_text *item,
                            struct bert_text *pair)
{
    const struct shard shard = in->o->shard;
    for (;;) {
        const enum input_event event = next_of_all(in, may_wait, &in->item);
        if (event != INPUT_ITEM) return event;
        const size_t i = in->items++;
        if (!shard.of || i % shard.of == shard.number - 1) break;
    }
    *item = in->item.parts[0];
    if (!pair) return INPUT_ITEM;
    *pair = in->item.parts[1];
    if (in->o->n_texts) input_split(item, pair, " ||| ");
    return INPUT_ITEM;
}
