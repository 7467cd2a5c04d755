// pickle.c: the stack machine of pickles, as far as torch.save uses it for a state dict, in the
// protocols 2 to 5.
//
// Opcodes are rows of a table; a row without a function is known only by name, for the message that
// refuses it. Marks fence the stack: nothing below the last one can be popped. The memo is an array
// of values, so a text or a tuple that it repeats costs 16 bytes however large it is, and lists and
// dicts are shared by reference, as in Python. A container is a chain of nodes, since others may
// grow between two of its items.
#include "ckpt/pickle.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ckpt/format.h"

struct pickle_node {
    struct pickle_value value;
    size_t next; // number of the next node plus one; 0: none
};

struct pickle_container {
    size_t first, last, count; // nodes as in `next`
};

struct machine {
    struct pickle *p;
    size_t at, size; // the next byte, and how many there are
    struct pickle_value *stack, *memo;
    size_t *marks; // heights of the stack
    size_t height, n_marks, n_memo, cap_stack, cap_memo, cap_marks;
    pickle_find *find;
    bool stopped;
    const char *path;
    bert_error *err;
};

#define FAIL(m, status, format, ...)                                                               \
    fail((m)->err, status, "%s: pickle byte %zu: " format, (m)->path, (m)->at, __VA_ARGS__)

// ------------------------------------------------------------------------------------ the bytes

// Takes the next n bytes.
static bert_status take(struct machine *m, size_t n, const unsigned char **bytes)
{
    if (n > m->size - m->at) {
        if (m->size < PICKLE_LARGEST) {
            return FAIL(m, BERT_FORMAT, "%zu bytes wanted, but %zu follow: it is cut short", n,
                        m->size - m->at);
        }
        return FAIL(m, BERT_UNSUPPORTED, "a pickle of more than %d bytes", PICKLE_LARGEST);
    }
    *bytes = m->p->bytes + m->at;
    m->at += n;
    return BERT_OK;
}

// A little-endian number of n bytes, n <= 8, and the sign in its highest bit if it is signed.
static int64_t number(const unsigned char *bytes, size_t n, bool is_signed)
{
    uint64_t x = 0;
    for (size_t i = 0; i < n; i++) x |= (uint64_t)bytes[i] << 8 * i;
    if (is_signed && n > 0 && n < 8 && bytes[n - 1] & 0x80) x |= ~(uint64_t)0 << 8 * n;
    return (int64_t)x;
}

// -------------------------------------------------------------------------------------- the stack

static bert_status push(struct machine *m, struct pickle_value value)
{
    if (!mem_grow((void **)&m->stack, &m->cap_stack, m->height + 1, sizeof *m->stack)) {
        return fail_memory(m->err);
    }
    m->stack[m->height++] = value;
    return BERT_OK;
}

static bert_status push_kind(struct machine *m, enum pickle_kind kind, int64_t at)
{
    return push(m, (struct pickle_value){.kind = kind, .at = at});
}

// Fails unless n values lie above the last mark.
static bert_status want(struct machine *m, size_t n)
{
    const size_t fence = m->n_marks ? m->marks[m->n_marks - 1] : 0;
    if (m->height - fence >= n) return BERT_OK;
    return FAIL(m, BERT_FORMAT, "%zu values wanted on the stack, %zu are there", n,
                m->height - fence);
}

// How many values lie above the last mark, which is taken away.
static bert_status pop_mark(struct machine *m, size_t *n)
{
    if (!m->n_marks) return FAIL(m, BERT_FORMAT, "%s", "no mark on the stack");
    *n = m->height - m->marks[--m->n_marks];
    return BERT_OK;
}

// Moves the upper n values of the stack behind the items; *first is where they begin.
static bert_status move_items(struct machine *m, size_t n, int64_t *first)
{
    struct pickle *p = m->p;
    if (!mem_grow((void **)&p->items, &p->cap_items, p->n_items + n, sizeof *p->items)) {
        return fail_memory(m->err);
    }
    *first = (int64_t)p->n_items;
    m->height -= n;
    if (n) memcpy(p->items + p->n_items, m->stack + m->height, n * sizeof *p->items);
    p->n_items += n;
    return BERT_OK;
}

// ------------------------------------------------------------------------------------- containers

static bert_status push_container(struct machine *m, enum pickle_kind kind)
{
    struct pickle *p = m->p;
    if (!mem_grow((void **)&p->containers, &p->cap_containers, p->n_containers + 1,
                  sizeof *p->containers)) {
        return fail_memory(m->err);
    }
    p->containers[p->n_containers] = (struct pickle_container){0};
    return push_kind(m, kind, (int64_t)p->n_containers++);
}

// Moves the upper n values of the stack to the end of the container below them.
static bert_status move_nodes(struct machine *m, enum pickle_kind kind, size_t n)
{
    TRY(want(m, n + 1));
    struct pickle *p = m->p;
    const struct pickle_value target = m->stack[m->height - n - 1];
    if (target.kind != kind) {
        return FAIL(m, BERT_UNSUPPORTED, "items for what is no %s; %s",
                    kind == PICKLE_LIST ? "list" : "dict", PICKLE_REMEDY);
    }
    if (!mem_grow((void **)&p->nodes, &p->cap_nodes, p->n_nodes + n, sizeof *p->nodes)) {
        return fail_memory(m->err);
    }
    struct pickle_container *c = &p->containers[target.at];
    for (size_t i = m->height - n; i < m->height; i++) {
        p->nodes[p->n_nodes++] = (struct pickle_node){.value = m->stack[i]};
        if (c->last) p->nodes[c->last - 1].next = p->n_nodes;
        else c->first = p->n_nodes;
        c->last = p->n_nodes;
    }
    c->count += n;
    m->height -= n;
    return BERT_OK;
}

static bert_status op_empty_list(struct machine *m)
{
    return push_container(m, PICKLE_LIST);
}

static bert_status op_empty_dict(struct machine *m)
{
    return push_container(m, PICKLE_DICT);
}

static bert_status op_append(struct machine *m)
{
    return move_nodes(m, PICKLE_LIST, 1);
}

static bert_status op_appends(struct machine *m)
{
    size_t n = 0;
    TRY(pop_mark(m, &n));
    return move_nodes(m, PICKLE_LIST, n);
}

static bert_status op_setitem(struct machine *m)
{
    return move_nodes(m, PICKLE_DICT, 2);
}

static bert_status op_setitems(struct machine *m)
{
    size_t n = 0;
    TRY(pop_mark(m, &n));
    if (n % 2) return FAIL(m, BERT_FORMAT, "%s", "a key without a value");
    return move_nodes(m, PICKLE_DICT, n);
}

// ----------------------------------------------------------------------------------------- tuples

static bert_status push_tuple(struct machine *m, size_t n)
{
    TRY(want(m, n));
    struct pickle_value tuple = {.kind = PICKLE_TUPLE, .n = (uint32_t)n};
    TRY(move_items(m, n, &tuple.at));
    return push(m, tuple);
}

static bert_status op_mark(struct machine *m)
{
    if (!mem_grow((void **)&m->marks, &m->cap_marks, m->n_marks + 1, sizeof *m->marks)) {
        return fail_memory(m->err);
    }
    m->marks[m->n_marks++] = m->height;
    return BERT_OK;
}

static bert_status op_tuple(struct machine *m)
{
    size_t n = 0;
    TRY(pop_mark(m, &n));
    return push_tuple(m, n);
}

static bert_status op_tuple0(struct machine *m)
{
    return push_tuple(m, 0);
}

static bert_status op_tuple1(struct machine *m)
{
    return push_tuple(m, 1);
}

static bert_status op_tuple2(struct machine *m)
{
    return push_tuple(m, 2);
}

static bert_status op_tuple3(struct machine *m)
{
    return push_tuple(m, 3);
}

// ---------------------------------------------------------------------------------- plain values

static bert_status op_none(struct machine *m)
{
    return push_kind(m, PICKLE_NONE, 0);
}

static bert_status op_true(struct machine *m)
{
    return push_kind(m, PICKLE_BOOL, 1);
}

static bert_status op_false(struct machine *m)
{
    return push_kind(m, PICKLE_BOOL, 0);
}

static bert_status push_int(struct machine *m, size_t n, bool is_signed)
{
    const unsigned char *bytes = NULL;
    TRY(take(m, n, &bytes));
    return push_kind(m, PICKLE_INT, number(bytes, n, is_signed));
}

static bert_status op_int1(struct machine *m)
{
    return push_int(m, 1, false);
}

static bert_status op_int2(struct machine *m)
{
    return push_int(m, 2, false);
}

static bert_status op_int4(struct machine *m)
{
    return push_int(m, 4, true);
}

static bert_status op_long1(struct machine *m)
{
    const unsigned char *n = NULL;
    TRY(take(m, 1, &n));
    if (*n > 8) return FAIL(m, BERT_FORMAT, "a whole number of %d bytes; at most 8 fit", *n);
    return push_int(m, *n, true);
}

static bert_status op_float(struct machine *m)
{
    const unsigned char *bytes = NULL;
    TRY(take(m, 8, &bytes));
    return push_kind(m, PICKLE_FLOAT, 0);
}

// A text whose length is the next `width` bytes.
static bert_status push_text(struct machine *m, size_t width)
{
    const unsigned char *bytes = NULL;
    TRY(take(m, width, &bytes));
    const uint32_t n = (uint32_t)number(bytes, width, false);
    const size_t at = m->at;
    TRY(take(m, n, &bytes));
    return push(m, (struct pickle_value){.kind = PICKLE_TEXT, .n = n, .at = (int64_t)at});
}

static bert_status op_text1(struct machine *m)
{
    return push_text(m, 1);
}

static bert_status op_text4(struct machine *m)
{
    return push_text(m, 4);
}

// ------------------------------------------------------------------------------------------- memo

// A pickler counts its memos, so an index is below their number: the pickle's length bounds both.
static bert_status memoize(struct machine *m, size_t i)
{
    TRY(want(m, 1));
    const size_t old = m->cap_memo;
    if (i >= m->size) {
        return FAIL(m, BERT_FORMAT, "memo %zu in a pickle of at most %zu bytes", i, m->size);
    }
    if (!mem_grow((void **)&m->memo, &m->cap_memo, i + 1, sizeof *m->memo)) {
        return fail_memory(m->err);
    }
    if (m->cap_memo > old) memset(m->memo + old, 0, (m->cap_memo - old) * sizeof *m->memo);
    m->n_memo += m->memo[i].kind == PICKLE_ABSENT;
    m->memo[i] = m->stack[m->height - 1];
    return BERT_OK;
}

static bert_status put(struct machine *m, size_t width)
{
    const unsigned char *bytes = NULL;
    TRY(take(m, width, &bytes));
    return memoize(m, (size_t)number(bytes, width, false));
}

static bert_status get(struct machine *m, size_t width)
{
    const unsigned char *bytes = NULL;
    TRY(take(m, width, &bytes));
    const size_t i = (size_t)number(bytes, width, false);
    if (i >= m->cap_memo || m->memo[i].kind == PICKLE_ABSENT) {
        return FAIL(m, BERT_FORMAT, "memo %zu was never put", i);
    }
    return push(m, m->memo[i]);
}

static bert_status op_put1(struct machine *m)
{
    return put(m, 1);
}

static bert_status op_put4(struct machine *m)
{
    return put(m, 4);
}

// The index is the number of memos so far.
static bert_status op_memoize(struct machine *m)
{
    return memoize(m, m->n_memo);
}

static bert_status op_get1(struct machine *m)
{
    return get(m, 1);
}

static bert_status op_get4(struct machine *m)
{
    return get(m, 4);
}

// ------------------------------------------------------------------------- globals and calls

enum { NAME_ROOM = 64 }; // longer than any that is let in

// A name of n bytes, cut to the room; a NUL in it must not end it early.
static void keep_name(char room[NAME_ROOM], const unsigned char *bytes, size_t n)
{
    if (n >= NAME_ROOM) n = NAME_ROOM - 1;
    for (size_t i = 0; i < n; i++) room[i] = bytes[i] ? (char)bytes[i] : '?';
    room[n] = 0;
}

// A line, its newline taken.
static bert_status take_line(struct machine *m, char room[NAME_ROOM])
{
    const unsigned char *line = m->p->bytes + m->at;
    const unsigned char *end = memchr(line, '\n', m->size - m->at);
    if (!end) return FAIL(m, BERT_FORMAT, "%s", "a global whose name does not end");
    keep_name(room, line, (size_t)(end - line));
    m->at += (size_t)(end - line) + 1;
    return BERT_OK;
}

static bert_status push_global(struct machine *m, const char *module, const char *name)
{
    char both[2 * NAME_ROOM];
    enum pickle_use use;
    int role;
    struct pickle_value v = {.kind = PICKLE_GLOBAL};
    if (!m->find(module, name, &use, &role, &v.n)) {
        snprintf(both, sizeof both, "%s.%s", module, name);
        return FAIL(m, BERT_UNSUPPORTED, "it wants %s, which no plain state dict needs; %s",
                    ckpt_show(both, (char[CKPT_SHOWN]){0}), PICKLE_REMEDY);
    }
    v.use = (uint8_t)use;
    v.at = role;
    return push(m, v);
}

static bert_status op_global(struct machine *m)
{
    char module[NAME_ROOM], name[NAME_ROOM];
    TRY(take_line(m, module));
    TRY(take_line(m, name));
    return push_global(m, module, name);
}

// The module and the name are the two upper texts.
static bert_status op_stack_global(struct machine *m)
{
    char rooms[2][NAME_ROOM];
    TRY(want(m, 2));
    m->height -= 2;
    for (size_t i = 0; i < 2; i++) {
        const struct pickle_value text = m->stack[m->height + i];
        if (text.kind != PICKLE_TEXT) {
            return FAIL(m, BERT_FORMAT, "%s", "a global whose name is no text");
        }
        keep_name(rooms[i], m->p->bytes + text.at, text.n);
    }
    return push_global(m, rooms[0], rooms[1]);
}

static bert_status op_reduce(struct machine *m)
{
    TRY(want(m, 2));
    const struct pickle_value callee = m->stack[m->height - 2], args = m->stack[m->height - 1];
    if (callee.kind != PICKLE_GLOBAL || callee.use == PICKLE_NAMED || args.kind != PICKLE_TUPLE) {
        return FAIL(m, BERT_UNSUPPORTED, "REDUCE calls what is no function of a state dict; %s",
                    PICKLE_REMEDY);
    }
    if (callee.use == PICKLE_MAKES_DICT && args.n == 0) {
        m->height -= 2;
        return push_container(m, PICKLE_DICT);
    }
    int64_t first;
    TRY(move_items(m, 2, &first));
    return push_kind(m, PICKLE_CALL, first);
}

// Attributes: a state dict has them (_metadata), and no tensor hangs on them.
static bert_status op_build(struct machine *m)
{
    TRY(want(m, 2));
    const struct pickle_value v = m->stack[m->height - 2];
    const bool dict = v.kind == PICKLE_DICT ||
                      (v.kind == PICKLE_CALL && pickle_callee(m->p, v).use == PICKLE_MAKES_DICT);
    if (!dict) {
        return FAIL(m, BERT_UNSUPPORTED, "BUILD gives attributes to what is no dict; %s",
                    PICKLE_REMEDY);
    }
    m->height--;
    return BERT_OK;
}

static bert_status op_persistent(struct machine *m)
{
    TRY(want(m, 1));
    struct pickle *p = m->p;
    if (!mem_grow((void **)&p->persistents, &p->cap_persistents, p->n_persistents + 1,
                  sizeof *p->persistents)) {
        return fail_memory(m->err);
    }
    p->persistents[p->n_persistents] = m->stack[--m->height];
    return push_kind(m, PICKLE_PERSISTENT, (int64_t)p->n_persistents++);
}

// -------------------------------------------------------------------------------- begin and end

static bert_status op_proto(struct machine *m)
{
    const unsigned char *version = NULL; // the opcodes say what is needed
    return take(m, 1, &version);
}

// How many bytes a pickler wrote at once. They are read as they come, and must be there.
static bert_status op_frame(struct machine *m)
{
    const unsigned char *bytes = NULL;
    TRY(take(m, 8, &bytes));
    const uint64_t n = (uint64_t)number(bytes, 8, false);
    if (n <= m->size - m->at) return BERT_OK;
    return FAIL(m, BERT_FORMAT, "a frame of %" PRIu64 " bytes, but %zu follow", n, m->size - m->at);
}

static bert_status op_stop(struct machine *m)
{
    if (m->height != 1 || m->n_marks) {
        return FAIL(m, BERT_FORMAT,
                    "it stops with %zu values and %zu marks on the stack, want 1 "
                    "and 0",
                    m->height, m->n_marks);
    }
    m->p->root = m->stack[0];
    m->stopped = true;
    return BERT_OK;
}

// Without a function: known, and not let in.
static const struct {
    const char *name;
    bert_status (*run)(struct machine *m);
} opcodes[256] = {
    ['('] = {"MARK", op_mark},
    [')'] = {"EMPTY_TUPLE", op_tuple0},
    ['.'] = {"STOP", op_stop},
    ['0'] = {"POP", NULL},
    ['1'] = {"POP_MARK", NULL},
    ['2'] = {"DUP", NULL},
    ['B'] = {"BINBYTES", NULL},
    ['C'] = {"SHORT_BINBYTES", NULL},
    ['F'] = {"FLOAT", NULL},
    ['G'] = {"BINFLOAT", op_float},
    ['I'] = {"INT", NULL},
    ['J'] = {"BININT", op_int4},
    ['K'] = {"BININT1", op_int1},
    ['L'] = {"LONG", NULL},
    ['M'] = {"BININT2", op_int2},
    ['N'] = {"NONE", op_none},
    ['P'] = {"PERSID", NULL},
    ['Q'] = {"BINPERSID", op_persistent},
    ['R'] = {"REDUCE", op_reduce},
    ['S'] = {"STRING", NULL},
    ['T'] = {"BINSTRING", op_text4},
    ['U'] = {"SHORT_BINSTRING", op_text1},
    ['V'] = {"UNICODE", NULL},
    ['X'] = {"BINUNICODE", op_text4},
    [']'] = {"EMPTY_LIST", op_empty_list},
    ['a'] = {"APPEND", op_append},
    ['b'] = {"BUILD", op_build},
    ['c'] = {"GLOBAL", op_global},
    ['d'] = {"DICT", NULL},
    ['e'] = {"APPENDS", op_appends},
    ['g'] = {"GET", NULL},
    ['h'] = {"BINGET", op_get1},
    ['i'] = {"INST", NULL},
    ['j'] = {"LONG_BINGET", op_get4},
    ['l'] = {"LIST", NULL},
    ['o'] = {"OBJ", NULL},
    ['p'] = {"PUT", NULL},
    ['q'] = {"BINPUT", op_put1},
    ['r'] = {"LONG_BINPUT", op_put4},
    ['s'] = {"SETITEM", op_setitem},
    ['t'] = {"TUPLE", op_tuple},
    ['u'] = {"SETITEMS", op_setitems},
    ['}'] = {"EMPTY_DICT", op_empty_dict},
    [0x80] = {"PROTO", op_proto},
    [0x81] = {"NEWOBJ", NULL},
    [0x82] = {"EXT1", NULL},
    [0x83] = {"EXT2", NULL},
    [0x84] = {"EXT4", NULL},
    [0x85] = {"TUPLE1", op_tuple1},
    [0x86] = {"TUPLE2", op_tuple2},
    [0x87] = {"TUPLE3", op_tuple3},
    [0x88] = {"NEWTRUE", op_true},
    [0x89] = {"NEWFALSE", op_false},
    [0x8A] = {"LONG1", op_long1},
    [0x8B] = {"LONG4", NULL},
    [0x8C] = {"SHORT_BINUNICODE", op_text1},
    [0x8D] = {"BINUNICODE8", NULL},
    [0x8E] = {"BINBYTES8", NULL},
    [0x8F] = {"EMPTY_SET", NULL},
    [0x90] = {"ADDITEMS", NULL},
    [0x91] = {"FROZENSET", NULL},
    [0x92] = {"NEWOBJ_EX", NULL},
    [0x93] = {"STACK_GLOBAL", op_stack_global},
    [0x94] = {"MEMOIZE", op_memoize},
    [0x95] = {"FRAME", op_frame},
    [0x96] = {"BYTEARRAY8", NULL},
    [0x97] = {"NEXT_BUFFER", NULL},
    [0x98] = {"READONLY_BUFFER", NULL},
};

static bert_status step(struct machine *m)
{
    const unsigned char *code = NULL;
    TRY(take(m, 1, &code));
    if (opcodes[*code].run) return opcodes[*code].run(m);
    m->at--;
    if (!opcodes[*code].name) return FAIL(m, BERT_FORMAT, "0x%02X is no opcode", *code);
    return FAIL(m, BERT_UNSUPPORTED, "the opcode %s, which no plain state dict needs; %s",
                opcodes[*code].name, PICKLE_REMEDY);
}

bert_status pickle_read(struct pickle *p, const unsigned char *bytes, size_t size,
                        pickle_find *find, const char *path, bert_error *err)
{
    struct machine m = {.p = p, .size = size, .find = find, .path = path, .err = err};
    p->bytes = bytes;
    if (m.size > PICKLE_LARGEST) m.size = PICKLE_LARGEST;
    bert_status status = BERT_OK;
    while (!status && !m.stopped) status = step(&m);
    p->used = m.at;
    mem_free(m.stack);
    mem_free(m.memo);
    mem_free(m.marks);
    return status;
}

void pickle_release(struct pickle *p)
{
    mem_free(p->items);
    mem_free(p->nodes);
    mem_free(p->containers);
    mem_free(p->persistents);
    *p = (struct pickle){0};
}

// ----------------------------------------------------------------------------------------- views

struct pickle_value pickle_item(const struct pickle *p, struct pickle_value tuple, size_t i)
{
    return p->items[(size_t)tuple.at + i];
}

struct pickle_value pickle_callee(const struct pickle *p, struct pickle_value call)
{
    return p->items[call.at];
}

struct pickle_value pickle_args(const struct pickle *p, struct pickle_value call)
{
    return p->items[call.at + 1];
}

struct pickle_value pickle_id(const struct pickle *p, struct pickle_value persistent)
{
    return p->persistents[persistent.at];
}

bool pickle_text_is(const struct pickle *p, struct pickle_value value, const char *text)
{
    return value.kind == PICKLE_TEXT && value.n == strlen(text) &&
           memcmp(pickle_text(p, value), text, value.n) == 0;
}

const char *pickle_text(const struct pickle *p, struct pickle_value text)
{
    return (const char *)p->bytes + text.at;
}

size_t pickle_count(const struct pickle *p, struct pickle_value container)
{
    return p->containers[container.at].count;
}

bool pickle_next(const struct pickle *p, struct pickle_value container, size_t *place,
                 struct pickle_value *out)
{
    if (*place == SIZE_MAX) return false;
    const size_t node = *place ? *place : p->containers[container.at].first;
    if (!node) return false;
    *out = p->nodes[node - 1].value;
    *place = p->nodes[node - 1].next ? p->nodes[node - 1].next : SIZE_MAX;
    return true;
}
